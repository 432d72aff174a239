"""The rooms of a relay, as its file lists them: TOML, one table for each room. Pure.

A room is a relay of its own below /r/NAME/. What its table leaves out is as the options of
`samescreen serve` say; secrets are random then.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

from samescreen.errors import UsageError
from samescreen.options import (
    AccessOptions,
    OutputOptions,
    PictureOptions,
    RecordingOptions,
    ShareOptions,
)

MOST_ROOMS: Final = 200
SECRETS: Final = ("token", "pin", "host_token", "publish_token")
KEYS: Final = (
    *SECRETS,
    *("approve", "allow", "max_viewers", "max_publishers", "max_bitrate", "record", "keep_minutes"),
    "output",
)
"""What a table may have; the values are those of the options."""
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")


def path_of(name: str) -> str:
    """The path of a room, below the relay's own."""
    return f"/r/{name}"


def rooms_in(text: str, relay: ShareOptions) -> dict[str, ShareOptions]:
    """The options of each room, by its name. `relay`: the options of the whole relay.

    Raises:
        UsageError: the text is no list of rooms; the sentence names the room and the key.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the file of --rooms is not TOML: {error}") from None
    if not 1 <= len(tables) <= MOST_ROOMS:
        raise UsageError(f"the file of --rooms names 1 to {MOST_ROOMS} rooms, not {len(tables)}")
    rooms = {name: _room(name, table, relay) for name, table in tables.items()}
    _check_secrets(rooms)
    return rooms


def _room(name: str, table: Any, relay: ShareOptions) -> ShareOptions:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"a room's name has 1 to 32 of a-z, 0-9 and -, not {name[:40]!r} (in --rooms)"
        )
    if not isinstance(table, dict):
        raise UsageError(f"{name} is no room: begin each with a line [NAME] (in --rooms)")
    unknown = next((key for key in table if key not in KEYS), None)
    if unknown is not None:
        raise UsageError(
            f"room {name}: there is no {unknown[:40]!r}; a room has {', '.join(KEYS)}"
        )
    try:
        return replace(
            relay,
            access=replace(relay.access, **_of(AccessOptions, table)),
            picture=replace(relay.picture, **_of(PictureOptions, table)),
            recording=replace(relay.recording, **_of(RecordingOptions, table)),
            outputs=replace(relay.outputs, **_of(OutputOptions, table)),
            network=replace(relay.network, base_path=relay.network.base_path + path_of(name)),
        )
    except UsageError as error:
        raise UsageError(f"room {name}: {error}") from None


def _of(group: Any, table: Mapping[str, Any]) -> dict[str, Any]:
    names = {each.name for each in fields(group)}
    found = {key: value for key, value in table.items() if key in names}
    for name in ("allow", "output"):
        if name in found:
            found[name] = _words_of(name, found[name])
    return found


def _words_of(name: str, value: Any) -> tuple[str, ...]:
    """One text, or a list of them, as a repeated option."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        example = ["publish", "talk"] if name == "allow" else ["rtmps://HOST/APP/KEY"]
        raise UsageError(f"{name} takes a text or a list of texts, such as {json.dumps(example)}")
    return tuple(words)


def _check_secrets(rooms: Mapping[str, ShareOptions]) -> None:
    """Two rooms with one secret would let the people of one into the other."""
    owners: dict[str, str] = {}
    for name, room in rooms.items():
        access = room.access
        for secret in filter(None, (access.token, access.host_token, access.publish_token)):
            other = owners.setdefault(secret, name)
            if other != name:
                raise UsageError(f"the rooms {other} and {name} have a secret in common")
