"""A viewer's sync state: every transition of the table, against the rules in plain conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.sync import MOVES, Event, Sync, SyncState
from samescreen.media import Damage, Packet, PacketKind, Region, Rendition
from tests.fakes import still, video

MAIN, LOW, JPEG = Rendition.MAIN, Rendition.LOW, Rendition.JPEG
SPOT = Damage.of(Region(0, 0, 8, 8))
OTHER = Damage.of(Region(16, 16, 8, 8))


@dataclass(slots=True)
class Conditions:
    """The same viewer, described by separate conditions instead of named states."""

    needs_picture: bool = True
    wants_still: bool = True
    has_still: bool = False
    is_probing: bool = False
    unseen: Damage = Damage.ALL
    lost: Damage = Damage.ALL

    def takes(self, packet: Packet, rendition: Rendition) -> bool:
        if self.is_probing:
            return packet.rendition is JPEG and not self.has_still
        if packet.rendition is rendition:
            return True
        return rendition is MAIN and packet.rendition is JPEG and self.wants_still

    def paints(self, packet: Packet) -> Damage:
        if self.has_still:
            return packet.damage
        is_still = packet.kind is PacketKind.STILL
        return self.unseen | packet.damage if is_still else Damage.ALL

    def sent(self, packet: Packet, rendition: Rendition) -> None:
        is_still = packet.kind is PacketKind.STILL
        self.lost |= self.paints(packet) if is_still else Damage.ALL
        self.has_still, self.unseen = is_still, Damage.ALL
        if not is_still or rendition is JPEG:
            self.needs_picture = self.wants_still = False

    def skipped(self, packet: Packet, rendition: Rendition) -> None:
        before = Damage.NONE if self.has_still else self.unseen
        self.unseen = before | packet.damage
        self.has_still = False
        self.needs_picture |= rendition is JPEG


def packets() -> st.SearchStrategy[Packet]:
    damages = st.sampled_from([Damage.ALL, Damage.NONE, SPOT, OTHER])
    kinds = st.sampled_from(
        [still(0), video(0, keyframe=True), video(0, keyframe=True, rendition=LOW)]
    )
    return st.builds(lambda packet, damage: replace(packet, damage=damage), kinds, damages)


def area(damage: Damage) -> object:
    return damage.is_all or frozenset(damage.regions)


def same(state: SyncState, told: Conditions) -> bool:
    return (
        state.needs_picture == told.needs_picture
        and state.has_still == told.has_still
        and state.is_probing == told.is_probing
        and state.is_new == (told.wants_still and not told.is_probing)
        and area(state.unseen) == area(told.unseen)
        and area(state.lost) == area(told.lost)
    )


@given(
    st.sampled_from([MAIN, LOW, JPEG]),
    st.booleans(),
    st.lists(st.tuples(packets(), st.booleans()), max_size=30),
)
def test_the_states_say_what_the_conditions_say(
    rendition: Rendition, probes: bool, course: list[tuple[Packet, bool]]
) -> None:
    state, told = SyncState(), Conditions()
    if probes and rendition is MAIN:
        state.move(Event.PROBE)
        told.is_probing = True
    for number, (packet, has_room) in enumerate(course):
        is_still = packet.kind is PacketKind.STILL
        assert state.takes(packet, rendition) == told.takes(packet, rendition)
        assert state.paints(packet) == told.paints(packet)
        if not told.takes(packet, rendition):
            if is_still:
                state.ignored()
                told.has_still, told.unseen = False, Damage.ALL
        elif has_room:
            state.sent(packet, rendition)
            told.sent(packet, rendition)
        elif is_still:
            state.skipped(packet, rendition)
            told.skipped(packet, rendition)
        elif not told.needs_picture:
            state.move(Event.FELL_BEHIND)
            told.needs_picture = True
        if number == 12 and told.is_probing:
            state.move(Event.TRUST)
            told.is_probing = False
        assert same(state, told), (number, state.sync)


def reachable(start: Sync) -> Iterator[Sync]:
    seen, ahead = {start}, [start]
    while ahead:
        state = ahead.pop()
        yield state
        for (before, _), after in MOVES.items():
            if before is state and after not in seen:
                seen.add(after)
                ahead.append(after)


def test_every_state_is_reached_and_none_is_a_dead_end() -> None:
    assert set(reachable(Sync.NEW)) == set(Sync) - {Sync.PUT_OFF}
    for state in set(Sync) - {Sync.PUT_OFF}:
        assert Sync.IN_STEP in set(reachable(state)), state


def test_an_event_that_the_table_does_not_name_changes_nothing() -> None:
    for sync in Sync:
        for event in Event:
            state = SyncState(sync)
            state.move(event)
            assert state.sync is MOVES.get((sync, event), sync)
    put_off = SyncState(Sync.PUT_OFF)
    for event in Event:
        put_off.move(event)
    assert put_off.sync is Sync.PUT_OFF


def test_what_a_viewer_waits_for() -> None:
    wanted = {sync: SyncState(sync).wants(MAIN) for sync in Sync}
    assert wanted == {
        Sync.NEW: {MAIN, JPEG},
        Sync.PREVIEWED: {MAIN, JPEG},
        Sync.PROBING: {JPEG},
        Sync.PROBED: {JPEG},
        Sync.WAITING: {MAIN},
        Sync.IN_STEP: frozenset(),
        Sync.SHOWN: frozenset(),
        Sync.PUT_OFF: {MAIN, JPEG},
    }
    assert all(not SyncState(sync).wants(None) for sync in Sync)
