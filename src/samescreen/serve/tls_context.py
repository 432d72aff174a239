"""Server contexts of the TLS library, and loading a certificate into one. Any thread."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path


def new_context() -> ssl.SSLContext:
    """A server context: TLS 1.2 or newer, no renegotiation, HTTP/1.1 by ALPN."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context


def load_pair(context: ssl.SSLContext, pem: bytes) -> None:
    """Load a certificate and key in PEM form. The library reads only files, so this makes one."""
    in_memory = getattr(os, "memfd_create", None)
    if in_memory is not None:  # Linux: a file in memory
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
