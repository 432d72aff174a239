"""Every exception Samescreen raises on purpose. Each message says what to do next.

SamescreenError
├── UsageError              an option or a source that makes no sense      (exit code 2)
├── CaptureError
│   ├── SourceUnavailable   cannot be opened, and somebody must mend something first
│   │   ├── BackendMissing  by this means, that is; another may do
│   │   └── NoScreen        this machine has none
│   └── SourceLost          was there and went away; try again
├── EncodeError             the encoder refused or died
├── ProtocolError           a viewer sent what it must not
│   ├── VersionMismatch     page and host are of different versions
│   └── Ungranted           what it may not do: it lacks the grant
├── ServeError              the port or the certificate cannot be used
├── Refused                 a request that is answered with an error status
└── NotSharing              a Share that has not begun, or has ended
"""

from __future__ import annotations

from samescreen.closing import CloseCode


class SamescreenError(Exception):
    """Root of the tree: one line for people, with the cure where there is one."""


class UsageError(SamescreenError, ValueError):
    """An option or a source that makes no sense; for programs also a ValueError."""


class CaptureError(SamescreenError):
    """A source could not give a picture."""


class SourceUnavailable(CaptureError):
    """The source cannot be opened before somebody mends what the message names."""


class BackendMissing(SourceUnavailable):
    """What this backend needs is not there; another backend may do."""


class NoScreen(SourceUnavailable):
    """This machine has no screen, as opposed to one that cannot be read."""


class SourceLost(CaptureError):
    """The source was there and went away; opening it again may work."""


class EncodeError(SamescreenError):
    """The encoder refused its configuration or died."""


class ProtocolError(SamescreenError):
    """A viewer sent what it must not; its connection is closed with `close_code`."""

    close_code = CloseCode.PROTOCOL


class VersionMismatch(ProtocolError):
    """Page and host speak different protocol versions."""

    close_code = CloseCode.VERSION

    def __init__(self, *, ours: int, theirs: int) -> None:
        super().__init__(f"this host speaks protocol {ours}, the page {theirs}; reload the page")
        self.ours = ours
        self.theirs = theirs


class Ungranted(ProtocolError):
    """Somebody sent a message for which they lack the grant."""

    close_code = CloseCode.FORBIDDEN


class ServeError(SamescreenError):
    """The port or the certificate cannot be used."""


class Refused(SamescreenError):
    """A request is answered with an HTTP status, this reason, and nothing else.

    `cause` is the reason in one word, for the page; "" where the status says it all.
    `retry_after_s` above 0: when the same request may succeed.
    """

    def __init__(
        self, status: int, reason: str, *, cause: str = "", retry_after_s: int = 0
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.cause = cause
        self.retry_after_s = retry_after_s


class NotSharing(SamescreenError):
    """A Share was used that is not running."""

    def __init__(self) -> None:
        super().__init__("it has not begun to share, or has ended: use it inside `with share:`")
