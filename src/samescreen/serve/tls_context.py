"""Server contexts of the TLS library, and how a pair gets into one. Event loop, at start."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path


def new_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context


def load_pair(context: ssl.SSLContext, pem: bytes) -> None:
    """The library reads files only, so the pair becomes one for a moment."""
    in_memory = getattr(os, "memfd_create", None)
    if in_memory is not None:  # Linux: needs no folder, and never reaches a disk
        handle = in_memory("samescreen")
        try:
            os.write(handle, pem)
            context.load_cert_chain(f"/proc/self/fd/{handle}")
        finally:
            os.close(handle)
        return
    handle, name = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        context.load_cert_chain(name)
    finally:
        Path(name).unlink()
