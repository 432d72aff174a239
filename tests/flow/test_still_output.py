"""When stills are due, and how good each one is."""

from __future__ import annotations

from samescreen.flow.first_still import NO_LIMIT
from samescreen.flow.output import Output
from samescreen.flow.still_output import REST_US, StillOutput
from samescreen.flow.stills import StillTarget
from samescreen.media import Damage, Region, Rendition

PART = Damage.of(Region(0, 0, 8, 8))
OTHER = Damage.of(Region(16, 0, 8, 8))


def made(output: StillOutput, now_us: int) -> None:
    output.encoded(is_keyframe=True, now_us=now_us)


def output_in_motion(target: StillTarget | None = None) -> StillOutput:
    """An output whose first still was made at 0, before the picture changed."""
    output = StillOutput(spacing_us=100_000, fps=30)
    output.set_target(target)
    output.is_watched = True
    made(output, 0)
    output.changed(PART)
    return output


def test_a_moving_picture_follows_the_target() -> None:
    output = output_in_motion(StillTarget(50, 10))
    assert output.quality == 50
    assert output.due_us(10_000) == 99_900 - 24_975 - 10_000, "a quarter of the interval early"
    output.set_target(StillTarget(60, 5))
    assert output.quality == 60
    output.set_target(None)
    assert output.quality == 60


def test_a_target_never_exceeds_the_limit_of_the_host() -> None:
    output = StillOutput(spacing_us=100_000, fps=5)
    output.set_target(StillTarget(90, 30))
    made(output, 0)
    output.changed(PART)
    assert output.due_us(0) == 199_800 - 49_950


def test_at_rest_one_more_still_has_the_best_quality() -> None:
    output = output_in_motion()
    made(output, 1_000_000)
    assert output.unseen == Damage.NONE
    assert output.quality is None
    assert output.due_us(1_000_000) == REST_US
    assert output.due_us(1_000_000 + REST_US) == 0
    made(output, 1_000_000 + REST_US)
    assert output.due_us(9_000_000) is None


def test_a_change_comes_before_that_still() -> None:
    output = output_in_motion()
    made(output, 1_000_000)
    output.changed(PART)
    assert output.quality == StillTarget().quality
    made(output, 1_200_000)
    assert output.due_us(1_200_000) == REST_US


def test_a_request_at_rest_gets_the_best_quality_at_once() -> None:
    output = output_in_motion()
    made(output, 1_000_000)
    output.request()
    assert output.due_us(1_150_000) == 0
    assert output.quality is None
    made(output, 1_150_000)
    assert output.due_us(9_000_000) is None


def test_a_request_in_motion_brings_no_watched_still_forward() -> None:
    output = output_in_motion(StillTarget(50, 2))
    output.is_watched = True
    for now_us in range(0, 370_000, 10_000):
        output.request()
        assert output.due_us(now_us) != 0
    assert output.due_us(380_000) == 0


def test_requests_without_viewers_get_one_still_each_spacing() -> None:
    output = output_in_motion()
    output.is_watched = False
    output.request()
    assert output.due_us(60_000) == 40_000
    output.is_watched = True
    assert output.due_us(60_000) == 0, "requests do not delay stills that are watched"


def test_without_viewers_of_stills_a_first_picture_is_quick_rather_than_exact() -> None:
    output = output_in_motion(StillTarget(quality=75))
    made(output, 1_000_000)
    output.is_watched = False
    output.request()
    assert output.quality == 75
    output.is_watched = True
    assert output.quality is None


def test_a_still_in_the_making_paints_what_it_began_with() -> None:
    output = output_in_motion()
    output.begun(0)
    assert output.is_being_made
    assert output.unseen == Damage.NONE
    output.changed(OTHER)
    assert set(output.unshown.regions) == {*PART.regions, *OTHER.regions}, "neither was posted"
    assert output.due_us(10**9) is None, "one at a time"
    assert output.posted() == PART
    assert (output.unseen, output.unshown) == (OTHER, OTHER)
    assert output.due_us(10**9) == 0


def test_a_dropped_still_leaves_its_changes_and_its_requests() -> None:
    output = output_in_motion()
    output.request(500_000)
    output.is_watched = False
    output.begun(0)
    assert not output.is_requested
    output.dropped()
    assert not output.is_being_made
    assert output.limit_bytes == 500_000
    assert output.unseen == PART
    assert output.is_requested


def test_a_requested_keyframe_waits_for_the_still_and_deltas_do_not() -> None:
    stills = output_in_motion()
    main = Output(Rendition.MAIN, spacing_us=0, preview=stills)
    main.encoded(is_keyframe=True, now_us=0)
    stills.begun(0)
    main.request()
    assert main.due_us(1) is None
    main.changed(PART)
    assert (main.due_us(1), main.wants_keyframe(1)) == (0, False)
    main.encoded(is_keyframe=False, now_us=1)
    stills.posted()
    assert (main.due_us(2), main.wants_keyframe(2)) == (0, True)


def test_the_largest_still_that_somebody_can_take_is_the_limit_of_one_still() -> None:
    output = StillOutput(spacing_us=100_000, fps=30)
    assert output.limit_bytes == NO_LIMIT
    for size_bytes in (400_000, 500_000, 300_000):
        output.request(size_bytes)
    assert output.limit_bytes == 500_000
    made(output, 0)
    assert output.limit_bytes == NO_LIMIT


def test_who_watches_stills_gets_them_as_good_as_before() -> None:
    output = StillOutput(spacing_us=100_000, fps=30)
    output.request(500_000)
    output.is_watched = True
    assert output.limit_bytes == NO_LIMIT
