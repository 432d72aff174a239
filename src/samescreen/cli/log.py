"""Sets up the log and formats its lines. Nothing from outside can forge a line.

A record may have fields: `extra={"fields": {"event": "join", "address": "192.0.2.7"}}`. They stand
beside the message in a line of JSON.
"""

from __future__ import annotations

import json
import logging
import sys
from functools import partial
from typing import Final

from samescreen.labels import visible
from samescreen.options import TerminalOptions
from samescreen.serve.access import Credentials

from .outlet import Outlet
from .redaction import RedactingFormatter

AUDIT: Final = "samescreen.audit"
"""The logger of what hosts do."""


def set_up_logging(options: TerminalOptions, credentials: Credentials, *others: str) -> None:
    """Log to standard error as the options say, without secrets, `others` among them.

    What hosts do (`samescreen.audit`) is logged at every level, and in the outlet's queue for
    lines that are dropped last, unless a person reads the log at a terminal.
    """
    stream = logging.StreamHandler(sys.stderr)
    plain = JsonFormatter() if options.json_logs else PlainFormatter()
    formatter = RedactingFormatter(plain, (*credentials.secrets, *others))
    stream.setFormatter(formatter)
    logging.basicConfig(level=options.log_level.upper(), handlers=[stream])
    outlet = sys.stderr if isinstance(sys.stderr, Outlet) else None
    if outlet is not None and not outlet.isatty():
        outlet.say_dropped = partial(_dropped, formatter, "lines")
        outlet.say_kept_dropped = partial(_dropped, formatter, "lines of the audit")
    if outlet is not None and (options.json_logs or not outlet.isatty()):
        _keep_audit(outlet, formatter)


def _keep_audit(outlet: Outlet, formatter: logging.Formatter) -> None:
    audit, kept = logging.getLogger(AUDIT), AuditLog(outlet)
    kept.setFormatter(formatter)
    audit.handlers = [kept]
    audit.setLevel(logging.INFO)
    audit.propagate = False


class AuditLog(logging.Handler):
    """Writes each record as a line that the outlet drops last."""

    def __init__(self, outlet: Outlet) -> None:
        super().__init__()
        self._outlet = outlet

    def emit(self, record: logging.LogRecord) -> None:
        self._outlet.write_kept(f"{self.format(record)}\n")


def _dropped(formatter: logging.Formatter, what: str, lines: int) -> str:
    said = f"{lines} {what} are missing here: nothing read the output"
    place = (__name__, logging.WARNING, __file__, 0, said)
    return formatter.format(logging.LogRecord(*place, args=None, exc_info=None)) + "\n"


class PlainFormatter(logging.Formatter):
    """One line for each message, followed by its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        place = f"{self.formatTime(record)} {record.levelname} {record.name}"
        return "\n".join((visible(f"{place}: {record.getMessage()}"), *self.traceback(record)))

    def traceback(self, record: logging.LogRecord) -> list[str]:
        """The lines of the traceback, if there is one."""
        if not record.exc_info:
            return []
        return [visible(line) for line in self.formatException(record.exc_info).splitlines()]


class JsonFormatter(PlainFormatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": visible(record.getMessage()),
        }
        fields = getattr(record, "fields", {})
        entry |= {key: _shown(value) for key, value in fields.items() if key not in entry}
        if traceback := self.traceback(record):
            entry["traceback"] = "\n".join(traceback)
        return json.dumps(entry, ensure_ascii=False)


def _shown(value: object) -> object:
    """A field as JSON takes it: numbers stay, everything else becomes a visible text."""
    return value if isinstance(value, bool | int | float | None) else visible(str(value))
