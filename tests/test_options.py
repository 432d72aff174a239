"""Every option's limits, and rates in words."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samescreen.errors import UsageError
from samescreen.grants import Grant
from samescreen.keywords import Options, options_from
from samescreen.option_values import flag, parse_bitrate
from samescreen.options import OPTIONS, ShareOptions

BOUNDED = [each for each in OPTIONS if each.metadata["spec"].low is not None]


def flat(options: ShareOptions) -> dict[str, Any]:
    """Every option's value under its flat name."""
    groups = [getattr(options, each.name) for each in fields(options)]
    return {each.name: getattr(group, each.name) for group in groups for each in fields(group)}


def test_the_groups_flatten_to_the_names_that_people_know() -> None:
    """A flag, a variable and a keyword of `Share` stay as they are wherever an option moves."""
    terminal = {"open", "log_level", "json_logs", "allow_sleep", "quiet"}
    known = {
        *("fps", "quality", "max_bitrate", "encoder", "threads", "backend", "audio", "talk"),
        *("record", "keep_minutes", "output", "files_folder", "offer"),
        *("hide_window", "hide_region", "sign", "show_marks"),
        *("host", "port", "tls", "trusted_proxy", "workers", "base_path", "tunnel", "via"),
        *("via_token", "allow_via", "seal", "publish_token", "token", "pin", "host_token"),
        *("no_access_control", "approve"),
        *("allow_host", "allow_frame", "allow", "view_only", "max_viewers"),
        "max_publishers",
    }
    assert {each.name for each in OPTIONS} == known | terminal == set(flat(ShareOptions()))
    assert len(OPTIONS) == len(known | terminal)
    assert set(Options.__annotations__) == known


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    wrong: Any = {"frames": 30}
    with pytest.raises(UsageError, match="there is no option frames; there are: fps, quality"):
        ShareOptions.of(**wrong)
    with pytest.raises(UsageError, match="there is no option frames; there are: fps, quality"):
        options_from(wrong)
    with pytest.raises(UsageError, match="there is no option open"):
        options_from({"open": True})  # type: ignore[typeddict-unknown-key]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "--seal is for a relay"),
        ({"via": "http://relay.example.org"}, "--seal needs a relay with https"),
        ({"via": "https://r.example", "allow_via": "control"}, "--seal or --allow-via control"),
    ],
)
def test_a_seal_needs_a_relay_that_browsers_trust(given: dict[str, Any], why: str) -> None:
    secret = {"via_token": "x" * 16} if given else {}
    with pytest.raises(UsageError, match=why):
        ShareOptions.of(**given, **secret, seal=True)


@pytest.mark.parametrize("via", ["https://r.example", "http://localhost:9000", "wss://r.example"])
def test_a_seal_goes_with_pointing(via: str) -> None:
    options = ShareOptions.of(via=via, via_token="x" * 16, allow_via="point", seal=True)
    assert options.network.seal


def test_the_defaults_are_valid() -> None:
    options = ShareOptions.of()
    assert options.network.port == 9000
    assert options.picture.max_bitrate_bps == 20_000_000
    assert not options.access.no_access_control


@pytest.mark.parametrize("each", BOUNDED, ids=lambda each: each.name)
def test_numbers_keep_their_bounds(each: Any) -> None:
    low, high = each.metadata["spec"].low, each.metadata["spec"].high
    for value in (low, each.default, high):
        assert flat(ShareOptions.of(**{each.name: value}))[each.name] == value
    for value in (low - 1, high + 1):
        with pytest.raises(UsageError, match=f"{flag(each.name)} takes {low} to {high}"):
            ShareOptions.of(**{each.name: value})


PLAIN = list(OPTIONS)


@pytest.mark.parametrize("each", PLAIN, ids=lambda each: each.name)
def test_a_value_of_another_type_is_named_at_once(each: Any) -> None:
    """Whatever Python programs may give: never an error of another kind, never later."""
    for value in WRONG:
        taken, refusal = each.default, ""
        try:
            taken = flat(ShareOptions.of(**{each.name: value}))[each.name]
        except UsageError as error:
            refusal = str(error)
        assert type(taken) is type(each.default), (value, taken)
        assert not refusal or each.name in refusal.replace("-", "_"), refusal
        assert "\n" not in refusal


WRONG: list[Any] = [
    *(True, np.True_, 1, 0, -1, 10**400, 10**5000, 30.0, 29.97, float("nan"), float("inf"), 1j),
    *("30", "", "9" * 5000),
    *(b"30", bytearray(b"a"), np.int64(30), np.float32(30), np.array(30), np.array([1, 2]), [30]),
    *([], (), ["a"], ("a", 5), {"a": 1}, {"a"}, object(), int, Path("a"), Fraction(61, 2)),
    *(Decimal(30), ip_address("10.0.0.7"), ip_network("10.0.0.0/8"), np.str_("a"), range(3)),
    lambda: 30,
]


def test_what_python_gives_for_a_whole_number_is_taken() -> None:
    for whole in (30, 30.0, np.int64(30), np.uint8(30), np.float32(30), Fraction(30)):
        options = ShareOptions.of(fps=whole)
        assert (options.picture.fps, type(options.picture.fps)) == (30, int)
    for wrong in (29.97, True, "30", float("nan")):
        with pytest.raises(UsageError, match=r"fps takes a whole number, not"):
            ShareOptions.of(fps=wrong)


def test_one_word_is_a_list_of_one() -> None:
    words: Any
    for words in ("a.example", ["a.example"], ("a.example",), {"a.example"}):
        assert ShareOptions.of(allow_host=words).access.allow_host == ("a.example",)
    network: Any = ip_network("10.0.0.0/8")
    assert ShareOptions.of(trusted_proxy=network).network.trusted_networks == (network,)


def test_a_tunnel_leads_to_nothing_that_is_open_to_everybody() -> None:
    assert ShareOptions.of(tunnel="cloudflared").network.tunnel_spec is not None
    assert ShareOptions.of().network.tunnel_spec is None
    with pytest.raises(UsageError, match="leave --tunnel or --no-access-control out"):
        ShareOptions.of(tunnel="cloudflared", no_access_control=True)


def test_none_is_the_default() -> None:
    nothing: dict[str, Any] = {each.name: None for each in OPTIONS}
    assert ShareOptions.of(**nothing) == ShareOptions.of()


def test_a_rate_may_be_a_number_and_a_yes_may_not() -> None:
    bps: Any = 8e6
    assert ShareOptions.of(max_bitrate=bps).picture.max_bitrate_bps == 8_000_000
    yes: Any
    for yes in (1, "yes", "false", object()):
        with pytest.raises(UsageError, match="no_access_control takes True or False"):
            ShareOptions.of(no_access_control=yes)


def test_no_message_holds_a_secret() -> None:
    secret: Any
    for secret in (b"my-own-secret", 31415926):
        for name in ("token", "pin", "host_token"):
            with pytest.raises(UsageError) as caught:
                ShareOptions.of(**{name: secret})
            assert "31415926" not in str(caught.value)
            assert "my-own" not in str(caught.value)


def test_every_option_says_what_it_is_for() -> None:
    assert all(each.metadata["spec"].help.endswith(".") for each in OPTIONS)


@pytest.mark.parametrize(
    ("wrong", "cure"),
    [
        ({"token": "short"}, "--token takes 8 to 128"),
        ({"host_token": "fifteen-letters"}, "--host-token takes 16 to 128"),
        ({"host_token": "a" * 129}, "--host-token takes 16 to 128"),
        ({"host_token": "a" * 16, "token": "a" * 16}, "must not be the --token"),
        ({"token": "a" * 129}, "--token takes 8 to 128"),
        ({"token": "with space"}, "--token takes 8 to 128"),
        ({"token": "new\nlines1\n"}, "--token takes 8 to 128"),
        ({"pin": "12345"}, "--pin takes six digits"),
        ({"pin": "1234567"}, "--pin takes six digits"),
        ({"pin": "١٢٣٤٥٦"}, "--pin takes six digits"),
        ({"pin": "123456\n"}, "--pin takes six digits"),
        ({"encoder": "h265"}, "--encoder takes auto, libx264, h264_nvenc"),
        ({"tls": "on"}, "--tls takes auto, off, or CERT,KEY"),
        ({"tls": "cert.pem"}, "--tls takes auto, off, or CERT,KEY"),
        ({"tls": "a,b,c"}, "--tls takes auto, off, or CERT,KEY"),
        ({"base_path": "screen"}, "--base-path takes a path"),
        ({"base_path": "/screen/"}, "--base-path takes a path"),
        ({"base_path": "/"}, "--base-path takes a path"),
        ({"base_path": "/../x"}, "--base-path takes a path"),
        ({"base_path": "/a//b"}, "--base-path takes a path"),
        ({"base_path": "/a b"}, "--base-path takes a path"),
        ({"base_path": "/a{b}"}, "--base-path takes a path"),
        ({"trusted_proxy": ("proxy",)}, "--trusted-proxy takes an address"),
        ({"trusted_proxy": ("10.0.0.1", "10.0.0.0/33")}, "--trusted-proxy takes an address"),
        ({"audio": " "}, "--audio takes output"),
        ({"talk": "loud"}, "--talk takes speakers or mic"),
        ({"talk": "speakers", "audio": "output"}, "viewers would hear themselves"),
        ({"audio": "a\nb"}, "--audio takes output"),
        ({"audio": "a" * 201}, "--audio takes output"),
        *(
            ({"allow_frame": (origin,)}, "--allow-frame takes an origin such as")
            for origin in (
                *("*", "https://*.example.org", "wiki.example.org", "https://a/", "https://a/b"),
                *("http://[::1]:8888", "https://a; script-src *", "https://a b", "https://"),
                *("null", "https://a\r\nX: y", "https://ä.example", "https://a:", "javascript:0"),
            )
        ),
        ({"log_level": "loud"}, "--log-level takes debug"),
        ({"max_bitrate": "fast"}, "--max-bitrate takes a rate"),
    ],
)
def test_a_wrong_value_is_named_with_its_cure(wrong: dict[str, Any], cure: str) -> None:
    with pytest.raises(UsageError, match=cure):
        ShareOptions.of(**wrong)


@pytest.mark.parametrize(
    ("text", "bps"),
    [
        ("8M", 8_000_000),
        ("500k", 500_000),
        ("2.5m", 2_500_000),
        ("800000", 800_000),
        (" 1 Mbit/s ", 1_000_000),
        ("3Mbps", 3_000_000),
        ("1g", 1_000_000_000),
        ("100k", 100_000),
    ],
)
def test_rates_in_words(text: str, bps: int) -> None:
    assert parse_bitrate(text) == bps


@pytest.mark.parametrize("text", ["", "M", "-1M", "1e6", "99k", "1.1G", "8 Mega", "nan", "1.M"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(UsageError, match="--max-bitrate takes"):
        parse_bitrate(text)


@given(st.text(max_size=12))
def test_any_text_is_a_rate_or_a_usage_error(text: str) -> None:
    try:
        bps = parse_bitrate(text)
    except UsageError:
        return
    assert 100_000 <= bps <= 1_000_000_000


def test_origins_that_may_frame() -> None:
    for origin in ("https://wiki.example.org", "http://localhost:8888", "HTTP://10.0.0.7:80"):
        assert ShareOptions.of(allow_frame=origin).access.allow_frame == (origin,)


def test_networks_in_words() -> None:
    options = ShareOptions.of(trusted_proxy=("10.0.0.7", "10.1.2.3/8", "fd00::/8"))
    networks = [str(each) for each in options.network.trusted_networks]
    assert networks == ["10.0.0.7/32", "10.0.0.0/8", "fd00::/8"]


def test_flags_are_the_fields_with_dashes() -> None:
    assert flag("no_access_control") == "--no-access-control"


def test_options_do_not_show_their_secrets() -> None:
    """A log or a traceback may carry them."""
    shown = repr(ShareOptions.of(token="correct-horse", pin="314159", fps=17))
    assert "correct-horse" not in shown
    assert "314159" not in shown
    assert "fps=17" in shown


@pytest.mark.parametrize("grant", ["control", "publish"])
@pytest.mark.parametrize("rival", ["view_only", "no_access_control"])
def test_what_everybody_may_do_contradicts_a_host_for_looking_only(grant: str, rival: str) -> None:
    with pytest.raises(UsageError, match="leave --allow or --"):
        ShareOptions.of(allow=grant, **{rival: True})


def test_view_only_bars_what_people_bring() -> None:
    assert ShareOptions.of().access.barred == frozenset()
    assert ShareOptions.of(view_only=True).access.barred == {Grant.PUBLISH, Grant.TALK}
