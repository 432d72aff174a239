"""How fast files may travel: pictures on their way slow them, on the way that they share."""

from __future__ import annotations

from samescreen.grants import WATCH_ONLY
from samescreen.hub.acts import Acts
from samescreen.hub.people import Person
from samescreen.hub.transfers import MOST_BYTES_PER_S, Transfers

SECOND_US = 1_000_000


def rate_after_a_while(transfers: Transfers, person: Person, clock_us: list[int]) -> int:
    """What may go at once, after pictures waited for a second."""
    pace = transfers.pace_of(person)
    for _ in range(20):
        clock_us[0] += SECOND_US // 10
        pace.spend(1, clock_us[0])
    return pace.at_once_bytes


def test_people_of_one_link_give_way_to_the_pictures_on_their_common_way() -> None:
    clock_us = [0]
    transfers = Transfers(Acts(), lambda: clock_us[0])
    anna = Person("relay-anna", "relay", "10.0.0.1", WATCH_ONLY, None)
    ben = Person("ben", "viewer", "10.0.0.2", WATCH_ONLY, None)
    transfers.queue_of_link["relay"] = lambda: 100_000
    assert rate_after_a_while(transfers, anna, clock_us) == 8 * 1024, "as little as goes"
    assert rate_after_a_while(transfers, ben, clock_us) == MOST_BYTES_PER_S // 50
    transfers.queue_of_link["relay"] = lambda: 0
    assert rate_after_a_while(transfers, anna, clock_us) > 8 * 1024
