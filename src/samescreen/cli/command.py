"""The command line. Options, errors and exit codes; everything else is imported when needed.

Exit codes: 0 fine, 1 failed, 2 usage. Errors are one line on stderr that names the cure; a
traceback only with `--log-level debug`.
"""

from __future__ import annotations

import inspect
import logging
import sys
from dataclasses import MISSING, fields
from typing import Annotated, Any, Final, NoReturn

import typer

from samescreen.errors import SamescreenError, UsageError
from samescreen.options import ENV_PREFIX, OptionSpec, ShareOptions, flag
from samescreen.version import __version__

_COMMANDS: Final = ("share", "sources", "doctor", "ca")
_OUTER_FLAGS: Final = ("--help", "-h", "--version")

app = typer.Typer(
    name="samescreen",
    help="同屏 · share what is on your screen with anybody who has a browser. "
    "Without a command: share.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> NoReturn:
    """Entry point of the `samescreen` command."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] not in (*_COMMANDS, *_OUTER_FLAGS):
        arguments = ["share", *arguments]
    sys.exit(_run(arguments))


def _run(arguments: list[str]) -> int:
    try:
        result = app(arguments, standalone_mode=False)
    except typer.TyperException as error:
        command = getattr(getattr(error, "ctx", None), "command_path", "samescreen")
        _complain(f"{error.format_message()} (see {command} --help)")
        return 2
    except SamescreenError as error:
        if logging.getLogger().isEnabledFor(logging.DEBUG):
            logging.getLogger(__name__).debug("here is where it happened", exc_info=error)
        _complain(str(error))
        return 2 if isinstance(error, UsageError) else 1
    except (KeyboardInterrupt, typer.Abort):
        return 0
    return result if isinstance(result, int) else 0


def _complain(line: str) -> None:
    sys.stderr.write(f"samescreen: {line}\n")


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"samescreen {__version__}")
        raise typer.Exit


@app.callback()
def _outer(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version)
    ] = False,
) -> None:
    """Nothing by itself: the commands do the work."""


def _share(source: list[str] | None = None, **values: Any) -> int:
    from .console import share

    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return share(ShareOptions(**plain), source or [])


def _share_parameters() -> list[inspect.Parameter]:
    """The command's parameters: the sources, then one option per field of ShareOptions."""
    sources = Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE",
            help="What to share, one or several: screen, screen:2, window:TITLE, window:ID, "
            "region:X,Y,W,H, camera, file:PATH, testcard; `samescreen sources` lists them. "
            "Without: the screen, or the test card on a machine that has none.",
            show_default=False,
        ),
    ]
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("source", keyword, default=None, annotation=sources)]
    for each in fields(ShareOptions):
        spec: OptionSpec = each.metadata["spec"]
        default = list(each.default) if isinstance(each.default, tuple) else each.default
        assert default is not MISSING
        kind: Any = list[str] if isinstance(each.default, tuple) else type(each.default)
        option = typer.Option(
            flag(each.name),
            help=spec.help,
            metavar=spec.metavar or None,
            envvar=ENV_PREFIX + each.name.upper(),
            show_default=default not in ("", False, []),
            show_envvar=False,
        )
        annotation = Annotated[kind, option]
        parameters.append(
            inspect.Parameter(each.name, keyword, default=default, annotation=annotation)
        )
    return parameters


def _register_share() -> None:
    """Give `_share` the signature that typer reads: it has no way to take it from a dataclass."""
    parameters = _share_parameters()
    command: Any = _share
    command.__signature__ = inspect.Signature(parameters, return_annotation=int)
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    app.command(
        "share",
        help="Share a screen with whoever has the link. Each option also has an environment "
        f"variable: {ENV_PREFIX}FPS, {ENV_PREFIX}PORT and so on.",
    )(command)


_register_share()


@app.command("sources", help="List what can be shared.")
def _sources() -> int:
    from .console import show_sources

    return show_sources()


@app.command("doctor", help="Say what works on this machine, and why not.")
def _doctor() -> int:
    from .doctor import show_report

    return show_report()


authority = typer.Typer(help="The certificate authority that https links are signed with.")
app.add_typer(authority, name="ca")


@authority.callback()
def _authority() -> None:
    """A callback makes typer keep the name of the only command."""


@authority.command("renew", help="Make another one; browsers must then trust that.")
def _renew() -> int:
    from .authority import renew

    return renew()
