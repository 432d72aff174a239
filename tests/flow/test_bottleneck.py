"""What limits a picture: the first cause that explains the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samescreen.flow.bottleneck import Conditions, find_bottleneck

FINE = Conditions(
    hidden=False,
    stuck=False,
    link_is_narrow=False,
    decode_us=2000,
    encode_us=3000,
    fps=60,
    cpu_percent=30,
)
ALL = Conditions(
    hidden=True,
    stuck=True,
    link_is_narrow=True,
    decode_us=30_000,
    encode_us=30_000,
    fps=60,
    cpu_percent=99,
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
        ("encode_us", "encoder"),
        ("cpu_percent", "host"),
    ],
)
def test_each_cause_counts_alone_and_before_later_causes(field: str, limit: str) -> None:
    assert find_bottleneck(replace(FINE, **{field: getattr(ALL, field)})) == limit
    order = ["hidden", "stuck", "decode_us", "link_is_narrow", "encode_us", "cpu_percent"]
    above = order[: order.index(field)]
    assert find_bottleneck(replace(ALL, **{name: getattr(FINE, name) for name in above})) == limit


def test_a_slow_decoder_is_fast_enough_for_few_pictures() -> None:
    assert find_bottleneck(replace(FINE, decode_us=30_000, fps=20)) == "none"
