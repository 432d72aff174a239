"""The headers that protect the page and its readers. Pure."""

from __future__ import annotations

from typing import Final

POLICY_HEADER: Final = "Content-Security-Policy"
PERMISSIONS_HEADER: Final = "Permissions-Policy"
NO_CAPTURE: Final = "camera=(), microphone=(), display-capture=(), geolocation=()"
"""Where nobody may ever show anything. Elsewhere the page may ask the person in a click, so that a
grant of the host needs no reload."""

SECURITY_HEADERS: Final = {
    POLICY_HEADER: (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
        "style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; manifest-src 'self'; "
        "media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    PERMISSIONS_HEADER: "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
}
BASIC_HEADERS: Final = SECURITY_HEADERS | {"Cache-Control": "no-store", "Server": "samescreen"}
"""The headers of every response."""
