"""A camera or a film through OpenCV, its edges drawn in: opencv_loop.py [ball | 0 | FILE] [PORT]"""

import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import cv2
import numpy as np

import samescreen


def pictures(source: str) -> Iterator[np.ndarray]:
    """BGR pictures of a camera or a film; of "ball", one that runs in circles."""
    if source == "ball":
        while True:
            angle, canvas = time.monotonic(), np.zeros((360, 640, 3), np.uint8)
            place = (int(320 + 200 * np.cos(angle)), int(180 + 100 * np.sin(angle)))
            yield cv2.circle(canvas, place, 60, (0, 160, 255), -1)
            time.sleep(1 / 60)
    video = cv2.VideoCapture(int(source) if source.isdecimal() else source)
    pause_s = 0.0 if source.isdecimal() else 1 / (video.get(cv2.CAP_PROP_FPS) or 30)
    while (grabbed := video.read())[0]:
        yield grabbed[1]
        time.sleep(pause_s)  # a film has no pace of its own


def main(source: str = "ball", port: str = "9000") -> None:
    with samescreen.Share(order="BGR", port=int(port)) as share:
        print(share.url, flush=True)
        for picture in pictures(source):
            picture[cv2.Canny(picture, 80, 160) > 0] = (255, 255, 255)
            share.push(picture)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main(*sys.argv[1:])
