"""The process that decodes one stream: `python -m samescreen.decode.child`, a child of the host.

It reads its task, then one request after another from its standard input until that ends. It has no
other way in or out than that, its standard output, and the memory that it shares with the host.
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from typing import IO, Final

from .confinement import allow_cpu, confine, end_with
from .exchange import NO_SLOT, REQUEST_BYTES, Outcome, Reply, Request, Shared, Task
from .pixels import PacketDecoder, Undecodable, packet_decoder

OUT_OF_MEMORY: Final = 77
"""The exit code that says so."""


def main(source: IO[bytes], sink: IO[bytes]) -> int:
    """Decode what `source` requests; replies go to `sink`. Both are without buffers."""
    task = Task.read(source.readline())
    shared = Shared(task.layout, task.limits, task.place)
    shared.close_descriptor()
    decoder = packet_decoder(task.codec, task.layout, task.limits)
    confine(task.limits.memory_bytes)
    sink.write(Reply(Outcome.READY).packed())
    while len(record := source.read(REQUEST_BYTES)) == REQUEST_BYTES:
        allow_cpu(task.limits.packet_s)
        try:
            reply = answer(Request.read(record), decoder, shared)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        sink.write(reply.packed())
    return 0


def answer(request: Request, decoder: PacketDecoder, shared: Shared) -> Reply:
    """Decode one packet. Raises MemoryError."""
    began = time.perf_counter_ns()
    canvas = None if request.slot == NO_SLOT else partial(shared.picture, request.slot)
    try:
        size = decoder.decode(shared.packet(request.packet_bytes), canvas)
    except Undecodable:
        return Reply(Outcome.UNDECODABLE)
    took_us = (time.perf_counter_ns() - began) // 1000
    return Reply(Outcome.PICTURE, *size, took_us) if size else Reply(Outcome.NOTHING)


if __name__ == "__main__":
    end_with(int(sys.argv[1]))
    with open(0, "rb", buffering=0) as requests, open(1, "wb", buffering=0) as replies:
        sys.exit(main(requests, replies))
