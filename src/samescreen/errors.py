"""Every exception Samescreen raises on purpose. Each message says what to do next.

SamescreenError
├── UsageError              an invalid option or source                    (exit code 2)
│   └── ClipTooLarge        the way to the host's clipboard takes less
├── CaptureError
│   ├── SourceUnavailable   cannot be opened until somebody fixes something
│   │   ├── BackendMissing  by this backend; another one may work
│   │   └── NoScreen        this machine has no screen
│   └── SourceLost          went away; opening it again may work
├── EncodeError             the encoder refused its settings or failed
├── DecodeError             what somebody publishes cannot be decoded any more
├── ProtocolError           a viewer broke the protocol
│   ├── VersionMismatch     page and host speak different versions
│   └── Ungranted           a person lacks the grant for what they sent
├── ServeError              the port or the certificate cannot be used
├── TunnelError             the tool of a tunnel cannot be used
├── DisplayError            a display of a command's own cannot be made
├── Refused                 a request gets an HTTP error status
└── NotSharing              a Share has not started or has ended
"""

from __future__ import annotations

from samescreen.closing import CloseCode


class SamescreenError(Exception):
    """Root of the tree. The message is one line for people, with the cure if there is one."""


class UsageError(SamescreenError, ValueError):
    """An invalid option or source; also a ValueError, which Python programs expect."""


class ClipTooLarge(UsageError):
    """What somebody sets a clipboard to is larger than the way there takes."""


class CaptureError(SamescreenError):
    """A source could not deliver a picture or sound."""


class SourceUnavailable(CaptureError):
    """The source cannot be opened until somebody fixes what the message names."""


class BackendMissing(SourceUnavailable):
    """Something that this backend needs is missing; another backend may work."""


class NoScreen(SourceUnavailable):
    """This machine has no screen; a screen that cannot be read is a `SourceUnavailable`."""


class SourceLost(CaptureError):
    """The source went away; opening it again may work."""


class EncodeError(SamescreenError):
    """The encoder refused its settings or failed."""


class DecodeError(SamescreenError):
    """What somebody publishes cannot be decoded any more."""


class ProtocolError(SamescreenError):
    """A viewer broke the protocol; the host closes its connection with `close_code`."""

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


class TunnelError(SamescreenError):
    """The tool of a tunnel is not installed, or has nothing to lead to."""


class Refused(SamescreenError):
    """The host answers a request with this HTTP status and this reason, and nothing else.

    `cause`: the reason in one word, for the page; "" where the status is enough.
    `retry_after_s`: after how long the same request may succeed; 0: not known.
    """

    def __init__(
        self, status: int, reason: str, *, cause: str = "", retry_after_s: int = 0
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.cause = cause
        self.retry_after_s = retry_after_s


class NotSharing(SamescreenError):
    """The program used a Share that is not running."""

    def __init__(self) -> None:
        super().__init__("it has not begun to share, or has ended: use it inside `with share:`")


class DisplayError(SamescreenError):
    """A display of a command's own cannot be made."""


def is_out_of_date(error: BaseException) -> bool:
    """Whether TLS refused a certificate that is not valid yet, or not any more.

    OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID (9) and X509_V_ERR_CERT_HAS_EXPIRED (10).
    """
    return getattr(error, "verify_code", 0) in (9, 10)
