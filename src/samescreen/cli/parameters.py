"""The parameters of the commands that share, as typer reads them. Derived from `options.py`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field
from typing import Annotated, Any

import typer

from samescreen.option_values import flag
from samescreen.options import ENV_PREFIX, OptionSpec

from .help_text import in_language


def parameter(
    name: str,
    default: Any,
    help: str,
    metavar: str = "",
) -> inspect.Parameter:
    """The parameter of one option. Its kind is that of its default; of a list, a list of texts."""
    option = typer.Option(
        flag(name),
        help=in_language(help),
        metavar=metavar or None,
        envvar=ENV_PREFIX + name.upper(),
        show_default=default not in ("", False, []),
        show_envvar=False,
    )
    kind: Any = list[str] if isinstance(default, list) else type(default)
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, keyword, default=default, annotation=Annotated[kind, option])


def positional(name: str, metavar: str, help: str) -> inspect.Parameter:
    """The parameter of all words that are no options."""
    words = typer.Argument(metavar=metavar, help=in_language(help), show_default=False)
    keyword = inspect.Parameter.KEYWORD_ONLY
    annotation = Annotated[list[str] | None, words]
    return inspect.Parameter(name, keyword, default=None, annotation=annotation)


def of_options(options: Iterable[Field[Any]]) -> list[inspect.Parameter]:
    """The parameters of some of `OPTIONS`."""
    parameters = []
    for each in options:
        spec: OptionSpec = each.metadata["spec"]
        default = list(each.default) if isinstance(each.default, tuple) else each.default
        assert default is not MISSING
        parameters.append(parameter(each.name, default, spec.help, spec.metavar))
    return parameters


def with_parameters(
    command: Callable[..., int], parameters: list[inspect.Parameter]
) -> Callable[..., int]:
    """The command with the signature that typer reads: it takes none from a dataclass."""
    given: Any = command
    given.__signature__ = inspect.Signature(parameters, return_annotation=int)
    given.__annotations__ = {each.name: each.annotation for each in parameters}
    return command
