"""When the track encodes a rendition: each change is shown once, and none is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.output import Output
from samescreen.media import MAX_REGIONS, Damage, Region, Rendition

START_US = 10**9
A, B = Region(0, 0, 4, 4), Region(8, 8, 4, 4)


def shown(output: Output, now_us: int = START_US, *, is_keyframe: bool = False) -> Output:
    output.encoded(is_keyframe=is_keyframe, now_us=now_us)
    return output


def main() -> Output:
    return Output(Rendition.MAIN, spacing_us=500_000)


def test_at_first_everything_is_unseen_and_a_keyframe_is_due() -> None:
    output = main()
    assert output.unseen == Damage.ALL
    assert output.due_us(START_US) == 0
    assert output.wants_keyframe(START_US)


def test_an_encoded_change_is_no_longer_unseen() -> None:
    output = shown(main(), is_keyframe=True)
    assert output.unseen == Damage.NONE
    assert output.due_us(START_US) is None
    assert not output.wants_keyframe(START_US)


def test_changes_add_up_until_they_are_encoded() -> None:
    output = shown(main(), is_keyframe=True)
    output.changed(Damage.of(A))
    output.changed(Damage.of(B))
    assert output.unseen == Damage.of(A, B)
    assert output.due_us(START_US) == 0
    assert shown(output).unseen == Damage.NONE


def test_answers_to_requests_keep_their_spacing() -> None:
    output = shown(main(), is_keyframe=True)
    output.request()
    assert output.is_requested
    assert output.due_us(START_US + 100_000) == 400_000
    assert not output.wants_keyframe(START_US + 100_000)
    assert output.wants_keyframe(START_US + 500_000)
    shown(output, START_US + 500_000)
    assert output.is_requested, "a delta does not answer a request"
    shown(output, START_US + 500_000, is_keyframe=True)
    assert not output.is_requested


def test_a_slower_rendition_skips_pictures_but_loses_no_change() -> None:
    output = shown(Output(Rendition.LOW, spacing_us=500_000, fps=20), is_keyframe=True)
    output.changed(Damage.of(A))
    due_us = output.due_us(START_US)
    assert due_us is not None
    assert 30_000 <= due_us <= 50_000
    output.changed(Damage.of(B))
    assert output.due_us(START_US + due_us) == 0
    assert output.unseen == Damage.of(A, B)


def test_regular_keyframes_stop_while_the_picture_rests() -> None:
    output = shown(Output(Rendition.LOW, spacing_us=1, every_us=1_000_000), is_keyframe=True)
    assert output.due_us(START_US + 5_000_000) is None
    output.changed(Damage.of(A))
    assert not output.wants_keyframe(START_US + 999_999)
    assert output.wants_keyframe(START_US + 1_000_000)


def test_another_size_starts_with_a_whole_picture() -> None:
    output = shown(main(), is_keyframe=True)
    output.reset()
    assert output.unseen == Damage.ALL
    assert output.wants_keyframe(START_US)


def test_a_new_encoder_starts_with_a_keyframe_of_the_changes() -> None:
    output = shown(main(), is_keyframe=True)
    output.on_new_encoder()
    assert output.unseen == Damage.NONE
    output.changed(Damage.of(A))
    assert output.wants_keyframe(START_US)
    assert output.unseen == Damage.of(A)


regions = st.builds(Region, *[st.integers(0, 9)] * 2, *[st.integers(1, 5)] * 2)


@given(st.lists(st.lists(regions, min_size=1, max_size=30), min_size=1, max_size=5))
def test_no_change_is_ever_lost(changes: list[list[Region]]) -> None:
    output = shown(main(), is_keyframe=True)
    for damage in changes:
        output.changed(Damage.of(*damage))
    for region in (region for damage in changes for region in damage):
        for x in range(region.x, region.right):
            for y in range(region.y, region.bottom):
                assert any(r.intersection(Region(x, y, 1, 1)) for r in output.unseen.regions)
    assert len(output.unseen.regions) <= MAX_REGIONS
