"""JPEG files as a camera makes them, passed on as they are, and a beep: encoded_camera.py [PORT]"""

import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import simplejpeg

import samescreen

RATE = 16_000
BEEP = (np.sin(np.arange(RATE // 10) * 2 * np.pi * 880 / RATE) * 8_000).astype(np.int16)


def files() -> Iterator[bytes]:
    """In place of a camera: `bytes(packet)` of its MJPEG stream, the body of an ESP32's answer."""
    for step in itertools.count():
        picture = np.full((360, 640, 3), 40, np.uint8)
        x = step * 4 % 600
        picture[:, x : x + 40] = 220
        yield simplejpeg.encode_jpeg(picture)
        time.sleep(1 / 30)


def main(port: str = "9000") -> None:
    with samescreen.Share(port=int(port), name="camera") as share:
        print(share.url, flush=True)
        for number, file in enumerate(files()):
            share.push_encoded(file, "jpeg")
            if number % 30 == 0:
                share.push_audio(BEEP, RATE)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main(*sys.argv[1:])
