"""Why a stream of another host cannot be had, in one sentence with the cure. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Again(Enum):
    """When to try again."""

    SOON = "soon"
    """The other host may be back at any moment."""

    LATER = "later"
    """Somebody must change something first, here or there."""


@dataclass(frozen=True, slots=True)
class Reason:
    """`why`: a sentence for people. `wait_s`: the other host asks to wait at least so long."""

    why: str
    again: Again = Again.LATER
    wait_s: float = 0


class Failure(Exception):
    """The stream cannot be had now."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.why)
        self.reason = reason


GONE: Final = Reason("the other host does not answer; it is tried again", Again.SOON)
BROKE: Final = Reason(
    "the connection to the other host broke; it is tried again", Again.SOON
)
STOPPED: Final = Reason("the other host stopped sharing; it is tried again", Again.SOON)
NO_HOST: Final = Reason("there is no Samescreen at this address; check host:URL, path included")
NO_TLS: Final = Reason("the other host does not speak https at this address; take its http link")
NOT_TRUSTED: Final = Reason(
    "this machine does not trust the other host's certificate; add &ca= and the CA SHA-256 that "
    "the other host shows, or name its authority's file in SSL_CERT_FILE"
)
OUT_OF_DATE: Final = Reason(
    "the other host's certificate is not valid at this machine's time; check the clock here, and "
    "the certificate there"
)
OTHER_AUTHORITY: Final = Reason(
    "the other host's certificate authority is not the one that ca= names; somebody may be "
    "between, or `samescreen ca renew` ran there"
)
NEEDS_SECRET: Final = Reason(
    "the other host asks for a token or a PIN; put one after the # of host:URL, or into "
    "SAMESCREEN_SOURCE_TOKEN"
)
WRONG_SECRET: Final = Reason("the other host refuses this token or PIN; take its current link")
LOCKED: Final = Reason("the other host lets nobody else in at the moment")
LOBBY: Final = Reason(
    "the other host has not let this host in yet; answer it there", Again.SOON
)
HELD: Final = Reason("the other host must let this address back in first")
PUT_OUT: Final = Reason("the other host put this host out")
MAY_NOT_WATCH: Final = Reason("this link of the other host does not let anybody watch")
FULL: Final = Reason("the other host has as many viewers as it takes")
VERSION: Final = Reason(
    "the other host speaks another version of the protocol; update the older one"
)
NO_STREAM: Final = Reason("the other host does not share the stream that host:URL names now")
OWN: Final = Reason("host:URL leads back to this host; name another host")
TOO_FAR: Final = Reason("host:URL goes through too many hosts; name the first of them")
SEALED: Final = Reason(
    "these pictures are sealed, and only pages with their link show them; take host:URL of the "
    "host that shares them"
)
HARMFUL: Final = Reason("the other host sends what this host does not let through")

_BY_CAUSE: Final = {
    "wrong": WRONG_SECRET,
    "locked": LOCKED,
    "lobby": LOBBY,
    "held": HELD,
    "no-page": NO_HOST,
    "base-path": NO_HOST,
    "no-upgrade": NO_HOST,
    "host-name": Reason(
        "the other host does not answer to this name; take its address, or start it with "
        "--allow-host and the name"
    ),
    "host-link": Reason("the host link does not work through a tunnel; take the viewer link"),
}
_BY_CODE: Final = {
    1001: STOPPED,
    4401: WRONG_SECRET,
    4403: MAY_NOT_WATCH,
    4410: PUT_OUT,
    4426: VERSION,
    4429: FULL,
}
_SERVER_ERROR: Final = 500


def of_answer(status: int, cause: str, retry_after: str = "", *, has_secret: bool) -> Reason:
    """Why an HTTP answer is no yes. `cause`: its header Samescreen-Cause, or ""."""
    if status >= _SERVER_ERROR:
        return GONE
    if cause == "wait":
        wait_s = float(retry_after) if retry_after.isdecimal() else 0
        return Reason("the other host lets this address try again later", wait_s=wait_s)
    if cause in ("sign-in", "origin-missing"):
        return WRONG_SECRET if has_secret else NEEDS_SECRET
    if cause in _BY_CAUSE:
        return _BY_CAUSE[cause]
    return NO_HOST if not cause else Reason(f"the other host refuses this with HTTP {status}")


def of_close(code: int | None) -> Reason:
    """Why the other host closed the connection with this code; None: it broke."""
    return _BY_CODE.get(code or 0, BROKE)
