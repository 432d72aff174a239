"""Boxes drawn with the mouse over a film, as with OpenCV's windows: annotate.py [PORT]"""

import sys
import time
from contextlib import suppress

import cv2
import numpy as np

import samescreen as gui  # imshow, waitKey and setMouseCallback are as OpenCV's

boxes: list[list[tuple[int, int]]] = []


def on_mouse(event: int, x: int, y: int, flags: int, param: object) -> None:
    if event == cv2.EVENT_LBUTTONDOWN:
        boxes.append([(x, y), (x, y)])
    elif flags & cv2.EVENT_FLAG_LBUTTON and boxes:
        boxes[-1][1] = (x, y)


def main(port: str = "9000") -> None:
    gui.showOptions(port=int(port))
    gui.namedWindow("film")
    gui.setMouseCallback("film", on_mouse)
    while (key := gui.waitKey(33)) != ord("q"):
        picture = np.full((360, 640, 3), 40, np.uint8)
        place = (int(320 + 200 * np.cos(time.monotonic())), 300)
        cv2.circle(picture, place, 40, (0, 160, 255), -1)
        if key == ord("c"):
            boxes.clear()
        for one, other in boxes:
            cv2.rectangle(picture, one, other, (0, 255, 0), 3)
        gui.imshow("film", picture)


with suppress(KeyboardInterrupt):
    main(*sys.argv[1:])
