"""Words drawn over each picture before it is shared: custom_overlay.py [PORT]"""

import sys
import time
from contextlib import suppress

import numpy as np
from PIL import Image, ImageDraw

import samescreen


def overlaid(picture: np.ndarray, caption: str) -> np.ndarray:
    """The picture with words on a dark band along its foot."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image, "RGBA")
    draw.rectangle((0, image.height - 40, image.width, image.height), fill=(0, 0, 0, 160))
    draw.text((12, image.height - 34), caption, fill="white", font_size=22)
    return np.asarray(image)


def main(port: str = "9000") -> None:
    ramp = np.linspace(0, 255, 640, dtype=np.uint8)
    with samescreen.Share(port=int(port)) as share:
        print(share.url, flush=True)
        for step in range(sys.maxsize):
            picture = np.zeros((360, 640, 3), np.uint8)
            picture[:, :, 0], picture[:, :, 2] = np.roll(ramp, step), np.roll(ramp, -step)
            share.push(overlaid(picture, f"{time.strftime('%X')}  {len(share.viewers)} watching"))
            time.sleep(1 / 30)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main(*sys.argv[1:])
