"""Words that no command takes, and what is said of them."""

from __future__ import annotations

from samescreen.cli.plain_usage import misspelt, plain

TYPER = "No such option: --verison (Possible options: --via-token, --view-only)"
SOURCE = "'{}' is not a source; there are: screen, testcard"


def test_an_option_of_the_program_itself_is_named_where_it_may_have_been_meant() -> None:
    of_share = "there is no option --verison; similar ones: --via-token, --view-only"
    assert plain(TYPER) == of_share
    assert plain(TYPER, ["--help", "--version"]).endswith("--verison; similar ones: --version")
    assert plain("No such option: --x", ["--help"]) == "there is no option --x"


def test_a_misspelt_command_is_named() -> None:
    meant = "there is no command source; a similar one: sources"
    assert misspelt(SOURCE.format("source"), ["share", "sources"]) == meant
    for word in ("nonsense", "source:2"):
        assert misspelt(SOURCE.format(word), ["share", "sources"]) == SOURCE.format(word)
