"""Why a relay cannot be used, in one sentence with the cure. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure(Exception):
    """`why`: a sentence for people. `is_final`: trying again cannot help."""

    why: str
    is_final: bool = False

    def __str__(self) -> str:
        return self.why


NO_TLS = Failure("there is no https at the address of --via; does its server speak http?", True)
NOT_TRUSTED = Failure(
    "the relay's certificate is not one that this machine trusts; name its authority's file in "
    "SSL_CERT_FILE",
    True,
)
OUT_OF_DATE = Failure(
    "the relay's certificate is not valid at this machine's time; check the clock here, and the "
    "certificate there"
)
NO_RELAY = Failure("there is no relay at the address of --via; check it, path included", True)
REFUSED_TOKEN = Failure(
    "the relay refuses the token; give the publish token of `samescreen serve` by --via-token or "
    "SAMESCREEN_VIA_TOKEN",
    True,
)
MAY_NOT_PUBLISH = Failure("this token may not publish; take the relay's publish token", True)
FULL = Failure("the relay has as many hosts as it takes")
VERSION = Failure("the relay speaks another version of the protocol; update the older one", True)
NO_SEAL = Failure(
    "the relay takes no sealed pictures; update it, or leave --seal out", True
)
SLOW = Failure("the relay does not answer in time")
GONE = Failure("the connection to the relay broke")
STOPPED = Failure("the relay stopped")


def of_status(status: int) -> Failure:
    """Why an answer of this HTTP status is no yes."""
    known = {
        401: REFUSED_TOKEN,
        403: MAY_NOT_PUBLISH,
        404: NO_RELAY,
        405: NO_RELAY,
        429: Failure("the relay lets this address try again in some seconds"),
    }
    return known.get(status) or Failure(f"the relay answers with HTTP status {status}")


def of_close(code: int | None) -> Failure:
    """Why the relay closed the connection with this code."""
    known = {
        1001: STOPPED,
        4401: REFUSED_TOKEN,
        4403: MAY_NOT_PUBLISH,
        4410: Failure("the relay put this host out", True),
        4426: VERSION,
        4429: FULL,
    }
    return known.get(code or 0, GONE)
