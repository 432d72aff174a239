"""What limits a picture: the first cause that explains the others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.flow.bottleneck import Conditions, find_bottleneck

FINE = Conditions(
    hidden=False,
    stuck=False,
    link_is_narrow=False,
    decode_us=2000,
    encode_us=3000,
    fps=60,
    cpu_percent=30,
    encoded_fps=30,
    painted_fps=30,
    in_flight_bytes=20_000,
)
ALL = Conditions(
    hidden=True,
    stuck=True,
    link_is_narrow=True,
    decode_us=30_000,
    encode_us=30_000,
    fps=60,
    cpu_percent=99,
    encoded_fps=30,
    painted_fps=30,
    in_flight_bytes=20_000,
    saves_data=True,
)


def test_good_conditions_have_no_bottleneck() -> None:
    assert find_bottleneck(FINE) == "none"


@pytest.mark.parametrize(
    ("field", "limit"),
    [
        ("hidden", "hidden"),
        ("stuck", "stalled"),
        ("decode_us", "decoder"),
        ("link_is_narrow", "network"),
        ("saves_data", "preference"),
        ("encode_us", "encoder"),
        ("cpu_percent", "host"),
    ],
)
def test_each_cause_counts_alone_and_before_later_causes(field: str, limit: str) -> None:
    assert find_bottleneck(replace(FINE, **{field: getattr(ALL, field)})) == limit
    order = ["hidden", "stuck", "decode_us", "link_is_narrow", "saves_data"]
    order += ["encode_us", "cpu_percent"]
    above = order[: order.index(field)]
    assert find_bottleneck(replace(ALL, **{name: getattr(FINE, name) for name in above})) == limit


def test_a_slow_decoder_is_fast_enough_for_few_pictures() -> None:
    assert find_bottleneck(replace(FINE, decode_us=30_000, fps=20)) == "none"


def test_one_slow_picture_makes_nothing_slow() -> None:
    first = replace(FINE, decode_us=40_000, encode_us=40_000, encoded_fps=1, painted_fps=1)
    assert find_bottleneck(first) == "none"


EVERY_CONDITION = st.builds(
    Conditions,
    hidden=st.booleans(),
    stuck=st.booleans(),
    link_is_narrow=st.booleans(),
    decode_us=st.integers(0, 200_000),
    encode_us=st.integers(0, 200_000),
    fps=st.integers(1, 240),
    cpu_percent=st.floats(0, 100),
    encoded_fps=st.just(0.0) | st.floats(0, 240),
    painted_fps=st.just(0.0) | st.floats(0, 240),
    in_flight_bytes=st.just(0) | st.integers(0, 10**7),
)


@given(EVERY_CONDITION)
def test_without_pictures_in_the_last_second_nothing_is_limited(conditions: Conditions) -> None:
    at_rest = replace(conditions, encoded_fps=0, painted_fps=0, in_flight_bytes=0)
    assert find_bottleneck(at_rest) in ("none", "hidden", "stalled")


@given(EVERY_CONDITION)
def test_every_verdict_has_its_evidence(now: Conditions) -> None:
    shows = {
        "none": True,
        "hidden": now.hidden,
        "stalled": now.stuck,
        "decoder": now.painted_fps > 0 and now.decode_us * now.fps > 900_000,
        "network": now.link_is_narrow and now.encoded_fps + now.in_flight_bytes > 0,
        "encoder": now.encoded_fps > 0 and now.encode_us * now.fps > 900_000,
        "host": now.encoded_fps > 0 and now.cpu_percent > 90,
    }
    assert shows[find_bottleneck(now)]


@given(EVERY_CONDITION)
def test_all_pictures_on_time_have_no_bottleneck(conditions: Conditions) -> None:
    interval_us = 1_000_000 // conditions.fps
    smooth = replace(
        conditions,
        hidden=False,
        stuck=False,
        link_is_narrow=False,
        decode_us=min(conditions.decode_us, interval_us // 2),
        encode_us=min(conditions.encode_us, interval_us // 2),
        painted_fps=conditions.fps,
    )
    assert find_bottleneck(smooth) == "none"
