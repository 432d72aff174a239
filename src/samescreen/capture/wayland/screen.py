"""An output of a Wayland compositor, or a region of its desktop, as a source of pictures.

Runs on the track's thread.
"""

from __future__ import annotations

from samescreen.capture.region import part_on_desktop
from samescreen.errors import SourceLost, SourceUnavailable
from samescreen.media import Region
from samescreen.wayland.desktop import Desktop, Output
from samescreen.wayland.sway_ipc import socket_of_sway

from .source import View, WaylandSource


class WaylandScreen(WaylandSource):
    """The output of that number or name; None: the first one."""

    def __init__(self, wanted: int | str | None = None) -> None:
        super().__init__()
        self._wanted = wanted or 1

    def _look(self, desktop: Desktop) -> View:
        output = self._find(desktop.outputs)
        self.label = f"screen {output.number} {output.width}×{output.height}"
        return View(output)

    def _find(self, outputs: tuple[Output, ...]) -> Output:
        for output in outputs:
            if self._wanted in (output.number, output.name):
                return output
        if not outputs:
            raise SourceLost("no screen is connected to this machine now")
        raise SourceUnavailable(
            f"there is no screen {self._wanted}: this display has {len(outputs)}; "
            "`samescreen sources` lists them"
        )


class WaylandRegion(WaylandSource):
    """The part of `region` that lies on the output which shows most of it.

    The region is in the desktop's own units, as tools such as slurp name them. On an output with a
    scale, the picture has more pixels than that.
    """

    def __init__(self, region: Region) -> None:
        super().__init__()
        self._region = region

    def _look(self, desktop: Desktop) -> View:
        part_on_desktop(self._region, desktop.bounds)
        shown, output = max(
            ((each.region.intersection(self._region), each) for each in desktop.outputs),
            key=lambda pair: pair[0].width * pair[0].height,
        )
        part_on_desktop(self._region, output.region)
        self.label = f"region {shown.x},{shown.y} {shown.width}×{shown.height}"
        on_several = any(
            each.region.intersection(self._region) for each in desktop.outputs if each != output
        )
        note = f"the region lies on several screens: only its part on {output.name} is shown"
        self.notes = (note,) if on_several else ()
        return View(output, shown)


def list_outputs() -> tuple[list[Output], bool]:
    """The session's outputs, and whether the compositor makes new ones for programs.

    Raises:
        CaptureError: there is no compositor here.
    """
    desktop = Desktop()
    try:
        makes_new = socket_of_sway(desktop.connection.peer_pid) is not None
        return list(desktop.outputs), makes_new
    finally:
        desktop.close()
