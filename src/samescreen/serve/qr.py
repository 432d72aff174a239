"""QR codes as SVG pictures. Pure."""

from __future__ import annotations

import io
from typing import Final

LONGEST_QR: Final = 1000
"""Characters; a QR code holds 2331 bytes at the error correction that a phone reads well."""


def qr_svg(text: str) -> bytes:
    """The QR code of a text, with the quiet zone that scanners need. It scales to any size."""
    import segno  # late: a program that shares needs no QR code

    drawn = io.BytesIO()
    segno.make(text, error="l", micro=False).save(
        drawn, kind="svg", border=4, light="#fff", dark="#000", xmldecl=False, omitsize=True
    )
    return drawn.getvalue()
