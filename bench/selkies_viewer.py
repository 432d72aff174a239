"""A light viewer of Selkies' WebSocket mode: settings, acknowledgements, nothing decoded.

Speaks as Selkies' own page does with its defaults (2.1, whole pictures of H.264): SETTINGS once,
the newest frame number acknowledged every 50 ms. Writes "ready" when the first picture is there,
and on SIGTERM leaves every coded picture with the time it came.
"""

from __future__ import annotations

import argparse
import json
import signal
import struct
from pathlib import Path
from typing import Final

from received import write_packets
from stamps import now_us
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

VIDEO: Final = 4
HEADER: Final = struct.Struct(">BBHHHHH")
"""Kind, type, frame number, first row, width, height, the frame referred to."""
ACK_US: Final = 50_000
STRIPED: Final = 'a stripe came; this viewer asks for "h264enc", which codes whole pictures'


def watch(port: int, size: str, packets: list[tuple[int, bytes]], stopping: list[int]) -> None:
    """Until SIGTERM, or until the server ends the connection.

    Raises:
        ValueError: the pictures came in stripes.
    """
    origin = Origin(f"http://127.0.0.1:{port}")
    with connect(
        f"ws://127.0.0.1:{port}/api/websockets", origin=origin, max_size=None, compression=None
    ) as link:
        width, height = (int(number) for number in size.split("x"))
        wishes = {
            "displayId": "primary", "encoder": "h264enc", "framerate": 60, "tabId": "bench",
            "initialClientWidth": width, "initialClientHeight": height,
        }  # fmt: skip
        link.send(f"SETTINGS,{json.dumps(wishes)}")
        acked_us = 0
        while not stopping:
            try:
                message = link.recv(timeout=0.2)
            except TimeoutError:
                continue
            at_us = now_us()
            if isinstance(message, str) or message[0] != VIDEO:
                continue
            _, _, number, first_row, *_ = HEADER.unpack_from(message)
            if first_row:
                raise ValueError(STRIPED)
            packets.append((at_us, message[HEADER.size :]))
            if len(packets) == 1:
                print("ready", flush=True)
            if at_us - acked_us >= ACK_US:
                link.send(f"CLIENT_FRAME_ACK {number} 0")
                acked_us = at_us


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--port", type=int, required=True)
    add("--size", required=True, help="WIDTHxHEIGHT")
    add("--packets", type=Path, required=True)
    options = parser.parse_args()
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopping.append(number))
    packets: list[tuple[int, bytes]] = []
    try:
        watch(options.port, options.size, packets, stopping)
    except ConnectionClosed as closed:
        print(f"the server ended the connection: {closed}", flush=True)
    write_packets(options.packets, packets)


if __name__ == "__main__":
    main()
