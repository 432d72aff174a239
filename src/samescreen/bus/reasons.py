"""Why the broker cannot be used, in one sentence with the cure. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class BusFailure(Exception):
    """`why`: a sentence for people. `is_final`: at the start, trying again cannot help.

    `may_pass`: once this relay has used the bus, it is soon over, as when nobody answers.
    """

    why: str
    is_final: bool = False
    may_pass: bool = False

    def __str__(self) -> str:
        return self.why


NO_PACKAGE: Final = BusFailure("--bus needs nats-py: pip install 'samescreen[bus]'", True)
REFUSED: Final = BusFailure(
    "the broker refuses the secret; give it by --bus-secret or SAMESCREEN_BUS_SECRET", True
)
NO_TLS: Final = BusFailure(
    "the broker offers no TLS; give it a certificate, or write nats:// in place of tls://", True
)
NOT_TRUSTED: Final = BusFailure(
    "the broker's certificate is not one that this machine trusts; name its authority's file in "
    "SSL_CERT_FILE",
    True,
)
OUT_OF_DATE: Final = BusFailure(
    "the broker's certificate is not valid at this machine's time; check the clock here, and the "
    "certificate there"
)
OLD_CREDENTIALS: Final = BusFailure(
    "the .creds file of --bus-secret is not valid at this machine's time; check the clock here, or "
    "make a new one"
)
BAD_CREDENTIALS: Final = BusFailure("the file of --bus-secret is no .creds file of NATS", True)
GONE: Final = BusFailure("the connection to the broker broke")


def no_nats(server: str) -> BusFailure:
    """A proxy before a broker that is away answers so, too."""
    why = f"there is no NATS server at {server}; check the address of --bus"
    return BusFailure(why, True, may_pass=True)


def silent(server: str) -> BusFailure:
    return BusFailure(f"{server} does not answer; is nats-server running there?")


def too_small(most_bytes: int) -> BusFailure:
    return BusFailure(
        f"the broker takes messages of {most_bytes} bytes only; set its max_payload to 1MB", True
    )


def not_permitted(room: str) -> str:
    """The broker lets this relay send or read nothing of that room."""
    return f"the broker does not let this relay use the subjects ss.1.{room}.>; see docs/bus.md"
