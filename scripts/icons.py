"""Draw the page's icons as PNG files, from the shapes of icon.svg. Run it when those change.

Phones and installed apps take no SVG. Icons whose name has "full" have no round corners, because
the system cuts them to a shape of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

FOLDER: Final = Path(__file__).parent.parent / "src" / "samescreen" / "viewer" / "app"
SIDE: Final = 48
"""Of the SVG's view box."""
FINE: Final = 8
"""So many times larger is the drawing that is scaled down."""
BLUE: Final = (31, 111, 235, 255)
PALE: Final = (165, 197, 247, 255)
"""White of 55 % over that blue."""
WHITE: Final = (255, 255, 255, 255)


def draw(pixels: int, *, is_full: bool) -> Image.Image:
    """The icon with so many pixels a side."""
    scale = pixels * FINE / SIDE
    image = Image.new("RGBA", (pixels * FINE, pixels * FINE), BLUE if is_full else (0, 0, 0, 0))
    canvas = ImageDraw.Draw(image)
    if not is_full:
        canvas.rounded_rectangle((0, 0, pixels * FINE, pixels * FINE), 11 * scale, BLUE)
    shrink = 0.86 if is_full else 1.0
    """Inside the circle that every shape of a maskable icon contains."""
    for left, top, colour in ((9, 11, PALE), (17, 19, WHITE)):
        x, y = ((at - SIDE / 2) * shrink + SIDE / 2 for at in (left, top))
        box = (x, y, x + 22 * shrink, y + 16 * shrink)
        canvas.rounded_rectangle([at * scale for at in box], 3 * shrink * scale, colour)
    small = image.resize((pixels, pixels), Image.Resampling.LANCZOS)
    return small.quantize(64, method=Image.Quantize.FASTOCTREE)


def main() -> None:
    """Write the icons of the manifest, and the one of iOS."""
    for name, pixels, is_full in (
        ("icon-192.png", 192, False),
        ("icon-512.png", 512, False),
        ("icon-full-180.png", 180, True),
        ("icon-full-512.png", 512, True),
    ):
        draw(pixels, is_full=is_full).save(FOLDER / name, optimize=True)


if __name__ == "__main__":
    main()
