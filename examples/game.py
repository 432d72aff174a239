"""Catch the dot with the arrow keys or the pointer: game.py [PORT]"""

import sys
import time
from contextlib import suppress

import numpy as np

import samescreen

STEPS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, -1), "ArrowDown": (0, 1)}
SIZE, WIDTH, HEIGHT, player, held = 40, 16, 9, [0, 0], set[str]()


def on_key(event: samescreen.KeyEvent) -> None:
    (held.add if event.kind == "down" else held.discard)(event.key)


def on_pointer(event: samescreen.PointerEvent) -> None:
    player[:] = event.x // SIZE, event.y // SIZE


def main(port: str = "9000") -> None:
    dot, score, options = [8, 4], 0, {"port": int(port), "allow": "control"}
    with samescreen.Share(on_key=on_key, on_pointer=on_pointer, **options) as share:
        print(share.url, flush=True)
        while True:
            for across, down in (STEPS[key] for key in tuple(held) if key in STEPS):
                player[:] = (player[0] + across) % WIDTH, (player[1] + down) % HEIGHT
            if player == dot:
                dot, score = [score * 7 % WIDTH, score * 5 % HEIGHT], score + 1
            cells = np.full((HEIGHT, WIDTH, 3), 30 + 10 * (score % 20), np.uint8)
            cells[dot[1], dot[0]] = (255, 200, 0) if time.monotonic() % 1 < 0.5 else (255, 80, 0)
            cells[player[1], player[0]] = (0, 200, 255)
            share.push(cells.repeat(SIZE, axis=0).repeat(SIZE, axis=1))
            time.sleep(0.1)


with suppress(KeyboardInterrupt):
    main(*sys.argv[1:])
