"""A phone's camera in OpenCV, its edges shown: phone_camera.py [PORT]

Open the https link on the phone, press "Show your screen or camera" there, and choose it.
"""

import sys
from contextlib import suppress

import cv2

import samescreen


def main(port: str = "9000") -> None:
    with samescreen.Share(name="edges", port=int(port), allow="publish") as share:
        print(*share.urls, sep="\n", flush=True)
        while share.is_sharing:
            for picture in share.frames():  # of the first who shows something
                share.push(cv2.Canny(picture, 80, 160))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main(*sys.argv[1:])
