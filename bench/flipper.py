"""A raw X11 window that flips its colour at once when it is clicked or a key is pressed.

Black and white in turn. Writes "ready" to stdout when it is shown and has the keyboard focus.
"""

from __future__ import annotations

import argparse

import xcffib
import xcffib.xproto

COLOURS = (0x000000, 0xFFFFFF)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--display", required=True)
    parser.add_argument("--at", required=True, help="X,Y,WIDTH,HEIGHT")
    options = parser.parse_args()
    x, y, width, height = (int(number) for number in options.at.split(","))
    connection = xcffib.connect(display=options.display)
    core, screen = connection.core, connection.get_setup().roots[0]
    window, gc = connection.generate_id(), connection.generate_id()
    names, events = xcffib.xproto.CW, xcffib.xproto.EventMask
    listens = events.ButtonPress | events.KeyPress | events.Exposure
    core.CreateWindow(
        screen.root_depth, window, screen.root, x, y, width, height, 0,
        xcffib.xproto.WindowClass.InputOutput, screen.root_visual,
        names.BackPixel | names.OverrideRedirect | names.EventMask, [COLOURS[0], 1, listens],
    )  # fmt: skip
    core.CreateGC(gc, window, 0, [])
    core.MapWindow(window, is_checked=True).check()
    core.SetInputFocus(xcffib.xproto.InputFocus.PointerRoot, window, 0, is_checked=True).check()
    whole = xcffib.xproto.RECTANGLE.synthetic(0, 0, width, height)
    print("ready", flush=True)
    flips = 0
    while True:
        event = connection.wait_for_event()
        pressed = xcffib.xproto.ButtonPressEvent | xcffib.xproto.KeyPressEvent
        if isinstance(event, pressed):
            flips += 1
        elif not isinstance(event, xcffib.xproto.ExposeEvent):
            continue
        core.ChangeGC(gc, xcffib.xproto.GC.Foreground, [COLOURS[flips % 2]])
        core.PolyFillRectangle(window, gc, 1, [whole])
        connection.flush()


if __name__ == "__main__":
    main()
