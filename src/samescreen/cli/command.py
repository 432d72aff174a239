"""The command line. Options, errors and exit codes; everything else is imported when needed.

Exit codes: 0 fine, 1 failed, 2 usage. Errors are one line on stderr that names the cure; a
traceback only with `--log-level debug`.
"""

from __future__ import annotations

import logging
import os
import sys
from functools import partial
from typing import Annotated, Any, Final, NoReturn

import typer

from samescreen.aside import is_left_behind
from samescreen.errors import SamescreenError, UsageError
from samescreen.labels import sentence
from samescreen.options import OPTIONS, ShareOptions
from samescreen.version import __version__

from . import new_parameters
from .help_text import Command, Group, in_language, settings
from .keyboard import restore_terminals
from .outlet import Outlet
from .parameters import of_options, parameter, positional, with_parameters
from .patience import ended_by_ctrl_c
from .plain_usage import misspelt, plain
from .streams import open_missing, outlets, why_lost
from .words import words_for

_COMMANDS: Final = ("share", "serve", "new", "sources", "doctor", "ca")
_OF_RELAYS: Final = frozenset(
    (
        *("host", "port", "tls", "trusted_proxy", "base_path", "token", "pin", "host_token"),
        *("publish_token", "no_access_control", "approve", "allow", "allow_host", "allow_frame"),
        *("max_viewers", "max_publishers", "max_bitrate", "workers", "record", "keep_minutes"),
        *("output", "files_folder", "log_level", "json_logs", "quiet"),
    )
)
"""The options of `samescreen serve`: those that need no source."""
_OUTER_FLAGS: Final = ("--help", "-h", "--version")
_FINISH_S: Final = 1.0
"""A share that ends waits so long for a terminal that is held up."""

app = typer.Typer(
    name="samescreen",
    cls=Group,
    help=in_language(
        "同屏 · share what is on your screen with anybody who has a browser. "
        "Without a command: share."
    ),
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=settings(),
)


def main() -> NoReturn:
    """Entry point of the `samescreen` command."""
    open_missing()
    arguments = sys.argv[1:]
    if not arguments or arguments[0] not in (*_COMMANDS, *_OUTER_FLAGS):
        arguments = ["share", *arguments]
    with outlets() as opened:
        is_share = arguments[0] in ("share", "serve", "new")
        for outlet in opened:
            outlet.on_fault = partial(_say_lost, outlet, is_share)
        code = _run(arguments)
        code, is_written = _finish(opened, code, is_share)
    if opened and not (is_written and not is_left_behind()):
        restore_terminals()
        os._exit(code)  # a thread that never ends must not keep the program
    sys.exit(code)


def _say_lost(outlet: Outlet, is_share: bool, error: OSError) -> None:
    """Say on the other stream that text was lost; on the outlet's thread."""
    why = why_lost(error)
    if sys.stderr is outlet or (why is None and not is_share):
        return
    why = why or "nobody reads the output any more"
    _complain(f"{why}; sharing goes on, Ctrl-C stops it" if is_share else why)


def _finish(opened: tuple[Outlet, ...], code: int, is_share: bool) -> tuple[int, bool]:
    """The exit code, and whether all was written. What only prints waits for its reader."""
    try:
        finished = [outlet.finish(_FINISH_S if is_share else None) for outlet in opened]
    except KeyboardInterrupt:
        return code, False
    faults = [outlet.fault for outlet in opened if outlet.fault is not None]
    is_lost = not is_share and any(why_lost(fault) is not None for fault in faults)
    return (code or int(is_lost)), all(finished)


def _run(arguments: list[str]) -> int:
    is_implied = sys.argv[1:2] != arguments[:1]  # `share`, which may not have been meant
    try:
        result = app(arguments, standalone_mode=False)
    except typer.TyperException as error:
        said = plain(error.format_message(), _OUTER_FLAGS if is_implied else ())
        _complain(f"{said} (see samescreen {arguments[0]} --help)")
        return 2
    except SamescreenError as error:
        if logging.getLogger().isEnabledFor(logging.DEBUG):
            logging.getLogger(__name__).debug("here is where it happened", exc_info=error)
        _complain(misspelt(str(error), _COMMANDS) if is_implied else str(error))
        return 2 if isinstance(error, UsageError) else 1
    except (KeyboardInterrupt, typer.Abort):
        return 0
    except Exception:  # to the log, hence to an outlet: Python's own way out might never end
        logging.getLogger(__name__).exception("an unexpected error; please report it")
        return 1
    return result if isinstance(result, int) else 0


def _complain(line: str) -> None:
    words = words_for(os.environ)
    sys.stderr.write(f"samescreen: {sentence(words.translated(line))}\n")


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"samescreen {__version__}")
        raise typer.Exit


@app.callback()
def _outer(
    version: Annotated[
        bool,
        typer.Option("--version", help=in_language("Show the version."), callback=_show_version),
    ] = False,
) -> None:
    """Nothing by itself: the commands do the work."""


def _share(source: list[str] | None = None, **values: Any) -> int:
    with ended_by_ctrl_c():
        from .console import share

    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return share(ShareOptions.of(**plain), source or [])


def _serve(rooms: str = "", bus: str = "", bus_secret: str = "", **values: Any) -> int:
    with ended_by_ctrl_c():
        from .serving import serve

    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return serve(ShareOptions.of(**plain), rooms, bus, bus_secret)


def _new(words: list[str] | None = None, **values: Any) -> int:
    with ended_by_ctrl_c():
        from .new import run

    return run(words or [], **values)


def _register_share() -> None:
    sources = positional(
        "source",
        "SOURCE",
        "What to share, one or several: screen, screen:2, window:TITLE, window:ID, "
        "region:X,Y,W,H, camera, file:PATH, - (stdin), host:URL, listen:URL, testcard; "
        "`samescreen sources` lists them. "
        "Without: the screen, or the test card on a machine that has none.",
    )
    app.command(
        "share",
        cls=Command,
        short_help=in_language("Share a screen with whoever has the link."),
        help=in_language(
            "Share a screen with whoever has the link. Each option also has an environment "
            "variable: SAMESCREEN_FPS, SAMESCREEN_PORT and so on."
        ),
    )(with_parameters(_share, [sources, *of_options(OPTIONS)]))


def _register_serve() -> None:
    rooms = "File that lists rooms, each at /r/NAME/ with secrets and limits of its own."
    bus = "NATS servers by which several relays show the same rooms: nats://HOST:4222, tls://HOST."
    secret = "The broker's USER:PASSWORD, a token, or file:PATH of one, or of a .creds file."
    of_relays = of_options(each for each in OPTIONS if each.name in _OF_RELAYS)
    app.command(
        "serve",
        cls=Command,
        short_help=in_language("Be a relay for other hosts."),
        help=in_language(
            "Be a relay: show what other hosts publish here by `samescreen share --via`. "
            "It has no source of its own."
        ),
    )(
        with_parameters(
            _serve,
            [
                parameter("rooms", "", rooms, "FILE"),
                parameter("bus", "", bus, "URL"),
                parameter("bus_secret", "", secret, "TEXT"),
                *of_relays,
            ],
        )
    )


_register_share()
_register_serve()
app.command(
    "new",
    cls=Command,
    short_help=in_language("Run a command on a display of its own, and share that."),
    help=in_language(new_parameters.HELP),
)(with_parameters(_new, new_parameters.parameters()))


@app.command("sources", cls=Command, help=in_language("List what can be shared."))
def _sources() -> int:
    from .sources import show_sources

    return show_sources()


_FORGET: Final = in_language(
    "Forget what was chosen in the desktop's dialogs, so that they open again."
)


@app.command(
    "doctor", cls=Command, help=in_language("Say what works on this machine, and why not.")
)
def _doctor(forget: Annotated[bool, typer.Option("--forget", help=_FORGET)] = False) -> int:
    if forget:
        from .forget import forget_choices

        return forget_choices()
    from .doctor import show_report

    return show_report()


authority = typer.Typer(
    cls=Group, help=in_language("The certificate authority that https links are signed with.")
)
app.add_typer(authority, name="ca")


@authority.callback()
def _authority() -> None:
    """A callback makes typer keep the name of the only command."""


@authority.command(
    "renew", cls=Command, help=in_language("Make another one; browsers must then trust that.")
)
def _renew() -> int:
    from .authority import renew

    return renew()
