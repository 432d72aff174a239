"""A moving figure, drawn only while somebody watches: matplotlib_animation.py [PORT]"""

import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import samescreen


def pictures() -> Iterator[np.ndarray]:
    """RGBA pictures of a running wave."""
    figure = Figure(figsize=(6.4, 3.6), dpi=100)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot(title="sin(x + t)", ylim=(-1.2, 1.2))
    x = np.linspace(0, 4 * np.pi, 400)
    (line,) = axes.plot(x, np.sin(x))
    while True:
        line.set_ydata(np.sin(x + 2 * time.monotonic()))
        canvas.draw()
        yield np.asarray(canvas.buffer_rgba())


def main(port: str = "9000") -> None:
    with samescreen.Share(pictures(), port=int(port), fps=30) as share:
        print(share.url, flush=True)
        while True:
            time.sleep(1)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main(*sys.argv[1:])
