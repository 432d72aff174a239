"""Two pictures at once, each a stream with a tab of its own on the page: two_streams.py [PORT]"""

import sys
import time
from contextlib import suppress

import numpy as np

import samescreen


def bar(x: int) -> np.ndarray:
    """A bright bar on a dark ground."""
    picture = np.full((360, 640), 40, np.uint8)
    picture[:, x : x + 40] = 220
    return picture


def main(port: str = "9000") -> None:
    with samescreen.Share({"left": None, "right": None}, port=int(port)) as share:
        print(share.url, flush=True)
        for step in range(sys.maxsize):
            x = step * 4 % 600
            share.push(bar(x), to="left")
            share.push(bar(600 - x), to="right")
            time.sleep(1 / 30)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main(*sys.argv[1:])
