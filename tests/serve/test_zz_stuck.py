import asyncio, time
from typing import Any
from tests.serve.conftest import *
from tests.serve.test_socket import connect, HELLO
from tests.fakes import soon
async def test_x(site):
    before = asyncio.all_tasks()
    ws = await connect(site); await ws.send_json(HELLO)
    await soon(lambda: site.hub.viewer_count()==1,"x")
    serving = asyncio.all_tasks()-before
    (viewer,) = site.stream.viewers.values()
    line = ws._conn.transport; line.pause_reading()
    for _ in range(12): viewer.send_frame(b"\x82\x7f" + (1 << 20).to_bytes(8, "big") + bytes(1 << 20))
    t=time.monotonic(); site.hub.leave(viewer); viewer.close(4408,"stalled")
    try:
        await soon(lambda: all(x.done() for x in serving),"gone",45)
    finally:
        print("after",time.monotonic()-t, [x.get_coro() for x in asyncio.all_tasks()-before], viewer._transport.buffered_bytes())
        for x in asyncio.all_tasks()-before: x.print_stack()
        line.resume_reading(); await ws.close()
