"""The packets of a painter's scene, as the host would send them, for decode.mjs to decode.

Draws each scene in memory, with no X server, encodes it as the host begins to (constant
quantiser), and writes one file a scene and size: each packet as on the wire, its length before it
(u32, big-endian). `origin.json` beside them says what machine and checkout this is.
"""

from __future__ import annotations

import argparse
import itertools
import json
import struct
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from results import origin
from scenes import drawn, scene

from samescreen.encode.base import EncodeRequest
from samescreen.encode.h264 import H264Settings, X264Encoder
from samescreen.media import Damage, Frame, Region
from samescreen.wire.packets import packet_to_bytes

FRAME_US = 16_667


def frames(name: str, width: int, height: int, count: int) -> Iterator[Frame]:
    """The window's pictures, one after another, 60 a second; what a put covers is the damage."""
    shown = drawn(scene(name, width, height), width, height)
    for number, each in enumerate(itertools.islice(shown, count)):
        box = each.changed
        changed = Damage.of(Region(box.x, box.y, box.width, box.height))
        yield Frame(each.pixels, number * FRAME_US, changed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scene", action="append", required=True)
    parser.add_argument("--size", action="append", required=True, help="WIDTHxHEIGHT")
    parser.add_argument("--frames", type=int, default=300)
    options = parser.parse_args()
    for size in options.size:
        width, height = (int(number) for number in size.split("x"))
        for name in options.scene:
            settings = H264Settings(is_capped=False, wide_motion_search=True)
            encoder = X264Encoder(settings, track=0, width=width, height=height)
            with (options.folder / f"{name}-{size}.packets").open("wb") as file:
                for frame in frames(name, width, height, options.frames):
                    request = EncodeRequest(keyframe=frame.pts_us == 0)
                    packet = packet_to_bytes(encoder.encode(frame, request))
                    file.write(struct.pack(">I", len(packet)) + packet)
            encoder.close()
    (options.folder / "origin.json").write_text(json.dumps(asdict(origin())))


if __name__ == "__main__":
    main()
