"""A NATS operator, one account and its users, as their tool `nsc` makes them.

Keys are Ed25519. In text a key is base32 of prefix bytes, the key and a CRC-16
(github.com/nats-io/nkeys); a claim is a JWT signed with `ed25519-nkey`
(github.com/nats-io/jwt, version 2).
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_OPERATOR: Final = 14 << 3
_ACCOUNT: Final = 0
_USER: Final = 20 << 3
_SEED: Final = 18 << 3
_NO_LIMITS: Final = {
    **dict.fromkeys(("subs", "conn", "leaf", "imports", "exports", "data", "payload"), -1),
    "wildcards": True,
}


class Key:
    """A key pair of a `kind` of owner."""

    def __init__(self, kind: int) -> None:
        self._kind = kind
        self._private = Ed25519PrivateKey.generate()

    @property
    def public(self) -> str:
        return _text(bytes([self._kind]) + self._private.public_key().public_bytes_raw())

    @property
    def seed(self) -> str:
        prefix = bytes([_SEED | self._kind >> 5, (self._kind & 31) << 3])
        return _text(prefix + self._private.private_bytes_raw())

    def claim(self, subject: str, name: str, what: dict[str, Any], **more: int) -> str:
        """The JWT by which this key says `what` of another one. `more`: such as `exp`."""
        about = {"jti": name, "name": name, "nats": {"version": 2, **what}}
        signer = {"iss": self.public, "sub": subject, "iat": int(time.time())}
        head = _part({"typ": "JWT", "alg": "ed25519-nkey"})
        signed = f"{head}.{_part(about | signer | more)}"
        return f"{signed}.{_url(self._private.sign(signed.encode()))}"


class Operator:
    """An operator with one account."""

    def __init__(self) -> None:
        self._key, self._account = Key(_OPERATOR), Key(_ACCOUNT)

    @property
    def config(self) -> str:
        """Lines for the configuration of a nats-server that trusts this operator."""
        operator = self._key.claim(self._key.public, "operator", {"type": "operator"})
        limits = {"type": "account", "limits": _NO_LIMITS}
        account = self._key.claim(self._account.public, "relays", limits)
        return (
            f"operator: {operator}\nresolver: MEMORY\n"
            f"resolver_preload: {{ {self._account.public}: {account} }}"
        )

    def credentials(
        self, path: Path, publish: Iterable[str], subscribe: Iterable[str], **more: int
    ) -> Path:
        """Write the .creds file of a new user who may use these subjects. `more`: such as `exp`."""
        user = Key(_USER)
        may = {"pub": _allowed(publish), "sub": _allowed(subscribe)}
        what = {"type": "user", **may, "subs": -1, "data": -1}
        jwt = self._account.claim(user.public, "relay", what | {"payload": -1}, **more)
        path.write_text(
            f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n",
            encoding="utf-8",
        )
        return path


def _allowed(subjects: Iterable[str]) -> dict[str, list[str]]:
    """These and no others. A list without subjects would allow everything."""
    allowed = list(subjects)
    return {"allow": allowed} if allowed else {"deny": [">"]}


def _text(raw: bytes) -> str:
    check = binascii.crc_hqx(raw, 0).to_bytes(2, "little")
    return base64.b32encode(raw + check).decode().rstrip("=")


def _part(what: dict[str, Any]) -> str:
    return _url(json.dumps(what, separators=(",", ":")).encode())


def _url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
