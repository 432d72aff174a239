"""Fixtures for every test: the stage's parts, each ended with the test that asked for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from hypothesis import settings

from tests.stage.tools import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

    from tests.stage.host_process import HostProcess
    from tests.stage.painted_window import PaintedWindow
    from tests.stage.sound_server import SoundServer
    from tests.stage.x_server import XServer

if sys.platform != "linux":  # there is no xcffib to import
    collect_ignore_glob = ["stage/test_[bx]*", "e2e/*", "browsers/*"]
    collect_ignore_glob += ["capture/*x11*", "capture/wayland/*"]


def pytest_configure() -> None:
    """Hides the developer's own Wayland desktop from the tests, and keeps bytecode.

    Bytecode is kept also where the developer's environment asks for none to be written.

    Tests start some hundred Pythons; each would compile everything anew, for a second. It goes
    into a folder that `make clean` removes, and not beside the sources.
    """
    os.environ.pop("WAYLAND_DISPLAY", None)
    if sys.dont_write_bytecode:
        sys.dont_write_bytecode = False
        sys.pycache_prefix = str(ROOT / ".pytest_cache" / "bytecode")
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


# How long an example takes says how busy the machine is.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")


class StartXServer(Protocol):
    def __call__(
        self,
        width: int = ...,
        height: int = ...,
        *,
        depth: int = ...,
        without: tuple[str, ...] = ...,
    ) -> XServer: ...


class PaintWindow(Protocol):
    def __call__(self, display: str) -> PaintedWindow: ...


class ShareHost(Protocol):
    def __call__(
        self,
        *args: str,
        env: dict[str, str] | None = ...,
        port: int | None = ...,
        module: str = ...,
    ) -> HostProcess: ...


class HeadedPage(Protocol):
    def __call__(self, display: str, size: tuple[int, int], *more: str) -> Page: ...


@pytest.fixture(scope="session", autouse=True)
def config_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Certificates are made once, in a folder of the tests, and not in the developer's own."""
    folder = tmp_path_factory.mktemp("config")
    with pytest.MonkeyPatch.context() as environment:
        for name in ("XDG_CONFIG_HOME", "APPDATA"):
            environment.setenv(name, str(folder))
        yield folder


@pytest.fixture
def decodings(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The JPEG files that libjpeg-turbo has decoded during this test."""
    import simplejpeg

    files: list[bytes] = []
    decode = simplejpeg.decode_jpeg

    def counted(file: bytes, *args: Any, **options: Any) -> Any:
        files.append(file)
        return decode(file, *args, **options)

    monkeypatch.setattr(simplejpeg, "decode_jpeg", counted)
    return files


@pytest.fixture
def x_server() -> Iterator[StartXServer]:
    """Starts X servers: `x_server(1280, 720, depth=24, without=("MIT-SHM",))`."""
    from tests.stage.x_server import XServer

    with ExitStack() as stack:

        def start(
            width: int = 1280, height: int = 720, *, depth: int = 24, without: tuple[str, ...] = ()
        ) -> XServer:
            server = XServer(width, height, depth=depth, without=without)
            stack.callback(server.stop)
            return server.start()

        yield start


@pytest.fixture
def sound_server(tmp_path: Path) -> Iterator[SoundServer]:
    """A PulseAudio with one null sink, found only by programs that are given its `env`."""
    from tests.stage.sound_server import SoundServer

    server = SoundServer(tmp_path).start()
    yield server
    server.stop()


@pytest.fixture
def painted_window() -> Iterator[PaintWindow]:
    """Opens painted windows: `painted_window(server.display)`."""
    from tests.stage.painted_window import PaintedWindow

    with ExitStack() as stack:
        yield lambda display: stack.enter_context(PaintedWindow(display))


@pytest.fixture
def host_process() -> Iterator[ShareHost]:
    """Runs the program: `host_process("testcard", "--fps", "30", env={"DISPLAY": ":1"})`.

    At the test's end each must stop with exit code 0 and without a traceback.
    """
    from tests.stage.host_process import HostProcess

    with ExitStack() as stack:

        def share(
            *args: str,
            env: dict[str, str] | None = None,
            port: int | None = None,
            module: str = "samescreen",
        ) -> HostProcess:
            host = HostProcess(*args, env=env, port=port, module=module)
            stack.callback(host.assert_clean)
            return host

        yield share


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Module scope, not session: its event loop must be gone before async tests run."""
    from playwright.sync_api import sync_playwright

    from tests.stage.browsers import find_chromium

    find_chromium()
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """A headless Chromium that knows `lan.test` as a name of this machine."""
    from tests.stage.browsers import launch

    with launch(playwright) as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    from tests.stage.browsers import fresh_page

    with fresh_page(chromium) as fresh:
        yield fresh


@pytest.fixture
def headed_page(playwright: Playwright, tmp_path: Path) -> Iterator[HeadedPage]:
    """Opens full-screen Chromium windows: `headed_page(server.display, (1280, 720))`."""
    from tests.stage.browsers import headed_page as open_page

    with ExitStack() as stack:

        def show(display: str, size: tuple[int, int], *more: str) -> Page:
            profile = tmp_path / f"chromium{display.replace(':', '-')}"
            return stack.enter_context(
                open_page(playwright, display, size, profile=profile, more=more)
            )

        yield show
