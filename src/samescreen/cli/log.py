"""Sets up the log and formats its lines. Nothing from outside can forge a line."""

from __future__ import annotations

import json
import logging
import sys
from functools import partial

from samescreen.labels import visible
from samescreen.options import TerminalOptions
from samescreen.serve.access import Credentials

from .outlet import Outlet
from .redaction import RedactingFormatter


def set_up_logging(options: TerminalOptions, credentials: Credentials) -> None:
    """Log to standard error as the options say, without secrets."""
    stream = logging.StreamHandler(sys.stderr)
    plain = JsonFormatter() if options.json_logs else PlainFormatter()
    formatter = RedactingFormatter(plain, credentials.secrets)
    stream.setFormatter(formatter)
    if isinstance(sys.stderr, Outlet) and not sys.stderr.isatty():
        sys.stderr.say_dropped = partial(_dropped, formatter)
    logging.basicConfig(level=options.log_level.upper(), handlers=[stream])


def _dropped(formatter: logging.Formatter, lines: int) -> str:
    said = f"{lines} lines are missing here: nothing read the output"
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
        entry = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": visible(record.getMessage()),
        }
        if traceback := self.traceback(record):
            entry["traceback"] = "\n".join(traceback)
        return json.dumps(entry, ensure_ascii=False)
