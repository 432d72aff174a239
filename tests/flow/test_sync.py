"""A viewer's sync state: each transition of the table, against a model of plain conditions."""

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
class Model:
    """The model: separate conditions instead of named states."""

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


def same(state: SyncState, model: Model) -> bool:
    return (
        state.needs_picture == model.needs_picture
        and state.has_still == model.has_still
        and state.is_probing == model.is_probing
        and state.is_new == (model.wants_still and not model.is_probing)
        and area(state.unseen) == area(model.unseen)
        and area(state.lost) == area(model.lost)
    )


@given(
    st.sampled_from([MAIN, LOW, JPEG]),
    st.booleans(),
    st.lists(st.tuples(packets(), st.booleans()), max_size=30),
)
def test_the_states_agree_with_the_model(
    rendition: Rendition, probes: bool, events: list[tuple[Packet, bool]]
) -> None:
    state, model = SyncState(), Model()
    if probes and rendition is MAIN:
        state.move(Event.PROBE)
        model.is_probing = True
    for number, (packet, has_room) in enumerate(events):
        is_still = packet.kind is PacketKind.STILL
        assert state.takes(packet, rendition) == model.takes(packet, rendition)
        assert state.paints(packet) == model.paints(packet)
        if not model.takes(packet, rendition):
            if is_still:
                state.ignored()
                model.has_still, model.unseen = False, Damage.ALL
        elif has_room:
            state.sent(packet, rendition)
            model.sent(packet, rendition)
        elif is_still:
            state.skipped(packet, rendition)
            model.skipped(packet, rendition)
        elif not model.needs_picture:
            state.move(Event.FELL_BEHIND)
            model.needs_picture = True
        if number == 12 and model.is_probing:
            state.move(Event.TRUST)
            model.is_probing = False
        assert same(state, model), (number, state.sync)


def reachable(start: Sync) -> Iterator[Sync]:
    seen, ahead = {start}, [start]
    while ahead:
        state = ahead.pop()
        yield state
        for (before, _), after in MOVES.items():
            if before is state and after not in seen:
                seen.add(after)
                ahead.append(after)


def test_every_state_is_reachable_and_none_is_a_dead_end() -> None:
    assert set(reachable(Sync.NEW)) == set(Sync) - {Sync.PUT_OFF}
    for state in set(Sync) - {Sync.PUT_OFF}:
        assert Sync.IN_STEP in set(reachable(state)), state


def test_an_event_that_the_table_does_not_list_changes_nothing() -> None:
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
        Sync.SKETCHED: frozenset(),
        Sync.MEASURING: {JPEG},
        Sync.WAITING: {MAIN},
        Sync.IN_STEP: frozenset(),
        Sync.SHOWN: frozenset(),
        Sync.PUT_OFF: {MAIN, JPEG},
    }
    assert all(not SyncState(sync).wants(None) for sync in Sync)
