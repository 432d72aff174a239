"""The game of life inside a FastAPI application, below /screen: fastapi_mount.py [PORT]"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import uvicorn
from fastapi import FastAPI

import samescreen

share = samescreen.Share()


async def simulate() -> None:
    cells = np.random.default_rng(1).random((120, 200)) < 0.3
    while True:
        rows = (np.roll(cells, by, 0).astype(np.uint8) for by in (-1, 0, 1))
        sums = sum(np.roll(row, by, 1) for row in rows for by in (-1, 0, 1))
        cells = (sums == 3) | (cells & (sums == 4))
        share.push(np.kron(cells, np.full((4, 4), 255, np.uint8)).astype(np.uint8))
        await asyncio.sleep(1 / 20)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with share, asyncio.TaskGroup() as tasks:
        task = tasks.create_task(simulate())
        yield
        task.cancel()


app = FastAPI(lifespan=lifespan)
app.mount("/screen", share.asgi())
if __name__ == "__main__":
    port = int(sys.argv[1]) if sys.argv[1:] else 9000
    print(f"http://localhost:{port}/screen/#token={share.token}", flush=True)
    uvicorn.run(app, port=port, log_level="warning")
