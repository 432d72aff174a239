"""The panel below what the terminal has printed: who watches, what is shared, which keys there are.

Pure: a `Scene` becomes lines of at most so many cells. `live.py` collects the scene and draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, set_cell_size

from samescreen.labels import visible

from .controls import KEYS, Prompt
from .words import Words

NARROW: Final = 76
"""Below so many cells, a person takes two lines."""
WIDE: Final = 100
_LIMIT: Final = 12
"""Cells of the longest words for what limits somebody."""
_MOST_SOURCES: Final = 4
MOST_LINES: Final = 3
_BARS: Final = "▁▂▃▄▅▆▇█"

Paint = Callable[[str, str], str]
"""`paint(text, style)`; the styles are "bold", "dim", "alert" and "good"."""


def plain(text: str, style: str) -> str:
    """The paint of a terminal without colours."""
    return text


_STYLES: Final = {"bold": "1", "dim": "2", "alert": "1;31", "good": "32"}


def coloured(text: str, style: str) -> str:
    """The paint of terminals that know ECMA-48 (SGR)."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if text else ""


@dataclass(frozen=True, slots=True)
class Watcher:
    """One person. `number` is what `k` takes; numbers without a value are None."""

    number: int
    name: str
    address: str
    link: str
    fps: float | None = None
    delay_us: int | None = None
    rendition: str = ""
    limit: str = ""
    has_hand_up: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """One source. `trouble`: why it gives no picture, "" while it does."""

    name: str
    encoder: str
    fps: float
    bitrate_bps: int
    encode_us: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that the panel shows.

    `marks`: what is switched on, in words. `waiting`: address and link of newcomers, the oldest
    first. `asking`: who asks for which grants. `in_control`: who acts on this machine; "" for
    nobody. `is_control_kept`: a program waits since the person at the machine took over. `hands`:
    number and name of those whose hand is up, the oldest first.
    `lines`: name and text of what people wrote, the newest last. `bitrates`: bits a second,
    one for each second, the newest last.
    """

    marks: tuple[str, ...] = ()
    viewers: int = 0
    sources: tuple[Shown, ...] = ()
    people: tuple[Watcher, ...] = ()
    waiting: tuple[tuple[str, str], ...] = ()
    asking: tuple[tuple[str, str], ...] = ()
    in_control: str = ""
    is_control_kept: bool = False
    hands: tuple[tuple[int, str], ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    bitrates: tuple[int, ...] = ()


def fit(text: str, width: int) -> str:
    """The text in exactly `width` cells: cut with "…", or followed by spaces."""
    if cell_len(text) > width > 0:
        return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)
    return set_cell_size(text, max(width, 0))


def spark(rates: Sequence[int], width: int) -> str:
    """The newest `width` rates as bars; the tallest is the highest of them."""
    shown = rates[-width:] if width > 0 else ()
    top = max(shown, default=0) or 1
    return "".join(_BARS[min(rate * len(_BARS) // top, len(_BARS) - 1)] for rate in shown)


def panel(
    scene: Scene, prompt: Prompt | None, width: int, height: int, words: Words, paint: Paint = plain
) -> list[str]:
    """The lines of the panel: at most `height`, each of at most `width` cells."""
    foot = prompt_line(prompt, width, words) if prompt else footer(width, words)
    title = [paint(line, "bold") for line in _title(scene, width, words)]
    head = [*title, *_sources(scene, width, words, paint)]
    alerts = [*_waiting(scene, width, words), *_control(scene, width, words)]
    waiting = [paint(line, "alert") for line in alerts]
    middle = [*waiting, *_said(scene, width, words)]
    room = height - len(head) - len(middle) - len(foot)
    body = _people(scene.people, width, max(room, 0), words, paint)
    lines = [*head, *body, *middle]
    most = max(height - len(foot), 0)
    return [*lines[:most], *(paint(line, "dim") if not prompt else line for line in foot)]


def _title(scene: Scene, width: int, words: Words) -> list[str]:
    count = words.count("viewers", scene.viewers) if scene.viewers else words("nobody")
    name = (words("title"),) if width >= NARROW else ()
    lines = _wrapped((*name, *scene.marks, count), " · ", width - 4)
    return [f"── {line} ".ljust(width - cell_len(line) + len(line), "─") for line in lines]


def _sources(scene: Scene, width: int, words: Words, paint: Paint) -> list[str]:
    if not scene.sources:
        return [fit(words("nothing"), width).rstrip()]
    lines = [_source(source, width, words, paint) for source in scene.sources[:_MOST_SOURCES]]
    if len(scene.sources) > _MOST_SOURCES:
        lines.append(fit(words("more", n=len(scene.sources) - _MOST_SOURCES), width).rstrip())
    bars = spark(scene.bitrates, min(60, width - 16))
    if bars:
        rate = words("mbps", n=scene.bitrates[-1] / 1e6)
        lines.append(fit(f"{bars} {rate}", width).rstrip())
    return lines


def _source(source: Shown, width: int, words: Words, paint: Paint) -> str:
    if source.trouble:
        return paint(fit(f"{source.name} · {source.trouble}", width).rstrip(), "alert")
    parts = [words("fps", n=source.fps), words("mbps", n=source.bitrate_bps / 1e6)]
    if width >= NARROW:
        parts += [words("encodes", n=source.encode_us / 1000), source.encoder]
    rest = " · ".join(filter(None, parts))
    name_width = max(width - cell_len(rest) - 3, 8)
    name = source.name if cell_len(source.name) <= name_width else fit(source.name, name_width)
    return fit(f"{name} · {rest}", width).rstrip()


def _waiting(scene: Scene, width: int, words: Words) -> list[str]:
    if not scene.waiting:
        return []
    address, link = scene.waiting[0]
    first, keys = words("waits", address=address, link=link), words("waits-keys")
    if others := len(scene.waiting) - 1:
        keys = " · ".join((keys, words("waits-more", n=others)))
    return _with_keys(first, keys, width)


def _control(scene: Scene, width: int, words: Words) -> list[str]:
    """Who asks (answered after those who wait), and who acts."""
    lines: list[str] = []
    if scene.asking and not scene.waiting:
        who, grants = scene.asking[0]
        lines += _with_keys(words("asks", who=who, grants=grants), words("asks-keys"), width)
    if scene.in_control:
        lines += _with_keys(
            words("in-control", who=scene.in_control), words("in-control-keys"), width
        )
    if scene.is_control_kept:
        lines += _with_keys(words("control-kept"), words("control-kept-keys"), width)
    return lines


def _said(scene: Scene, width: int, words: Words) -> list[str]:
    """Hands in their order, then the newest lines; with the keys that answer them."""
    lines = [fit(f"❝ {name}: {text}", width).rstrip() for name, text in scene.lines[-MOST_LINES:]]
    if scene.hands:
        hands = "✋ " + " · ".join(f"{number} {name}" for number, name in scene.hands)
        return [*_with_keys(hands, words("hands-keys"), width), *lines]
    keys = words("lines-keys")
    return [*lines, fit(f"  {keys}", width).rstrip()] if lines else []


def _with_keys(first: str, keys: str, width: int) -> list[str]:
    if cell_len(f"{first}  {keys}") <= width:
        return [f"{first}  {keys}"]
    return [fit(first, width).rstrip(), fit(f"  {keys}", width).rstrip()]


def _people(
    people: Sequence[Watcher], width: int, room: int, words: Words, paint: Paint
) -> list[str]:
    rows = [_person(each, width, words, paint) for each in people]
    each = 2 if width < NARROW else 1
    if len(rows) * each <= room:
        return [line for row in rows for line in row]
    kept = max((room - 1) // each, 0)
    lines = [line for row in rows[:kept] for line in row]
    return [*lines, fit(words("more", n=len(rows) - kept), width).rstrip()][:room]


def _person(each: Watcher, width: int, words: Words, paint: Paint) -> list[str]:
    mark = f"{each.number:>2}{' ✋' if each.has_hand_up else '   '} "
    fps = words("fps", n=each.fps) if each.fps is not None else words("only-stills")
    delay = words("ms", n=each.delay_us / 1000) if each.delay_us is not None else ""
    limit = words.find(f"limit-{each.limit}", "")
    rendition = words.find(f"rendition-{each.rendition}", "")
    if width < NARROW:
        numbers = f" {fps} {delay}".rstrip()
        name = fit(each.name or each.address, width - len(mark) - 1 - cell_len(numbers))
        below = " · ".join(filter(None, (each.address, limit or rendition, each.link)))
        first = fit(f"{mark}{name}{numbers}", width).rstrip()
        return [_with_hand(first, each, paint), paint(fit(f"      {below}", width).rstrip(), "dim")]
    address_width, rendition_width = (16, 0) if width < WIDE else (20, 7)
    fixed = (cell_len(mark), address_width, 9, 8, rendition_width, _LIMIT)
    spare = width - sum(fixed) - len(fixed)
    link_width = min(spare // 2, 20)
    cells = [
        mark + fit(each.name, spare - link_width),
        fit(each.address, address_width),
        fit(each.link, link_width),
        _right(fps, 9),
        _right(delay, 8),
        *([fit(rendition, rendition_width)] if rendition_width else []),
        limit,
    ]
    return [_with_hand(fit(" ".join(cells), width).rstrip(), each, paint)]


def _with_hand(text: str, each: Watcher, paint: Paint) -> str:
    return paint(text, "bold") if each.has_hand_up else text


def _right(text: str, width: int) -> str:
    return " " * max(width - cell_len(text), 0) + text


def footer(width: int, words: Words) -> list[str]:
    """The keys, on as many lines as they need."""
    shown = [f"{key.char} {words(f'key-{key.deed}')}" for key in KEYS if key.is_in_footer]
    return _wrapped(shown, "  ", width)


def _wrapped(parts: Sequence[str], joint: str, width: int) -> list[str]:
    """The parts on as few lines as they need; one that is too wide is cut."""
    lines: list[str] = []
    for part in parts:
        if lines and cell_len(f"{lines[-1]}{joint}{part}") <= width:
            lines[-1] += joint + part
        else:
            lines.append(part if cell_len(part) <= width else fit(part, width))
    return lines


def prompt_line(prompt: Prompt, width: int, words: Words) -> list[str]:
    """The hint, and below it the end of what was typed: the cursor stands behind it."""
    asked = f"{words(f'prompt-{prompt.deed}')}: "
    text = visible(prompt.text)
    while cell_len(asked + text) > width - 1 and text:
        text = text[1:]
    return [fit(words("prompt-hint"), width).rstrip(), asked + text]


def help_sheet(width: int, words: Words) -> list[str]:
    """All keys with what they do."""
    lines = [f"{key.char}  {words(f'help-{key.deed}')}" for key in KEYS]
    return [fit(line, width).rstrip() for line in (*lines, words("any-key"))]
