"""HTML that a notebook shows for a Share: the live picture in an iframe, or why there is none.

Pure. The notebook's output contains the link with its secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final
from urllib.parse import urlsplit

from .addresses import HostUrls, bare, is_loopback

NOT_SHARING: Final = (
    "<p>This Share is not sharing; <code>share.start()</code> begins.<br>"
    "尚未开始共享，请先调用 <code>share.start()</code>。</p>"
)
MOUNTED: Final = (
    "<p>This Share is part of a web application: open it there.<br>"
    "此共享已挂载到网页应用中，请在该应用里打开。</p>"
)
_FRAME: Final = (
    '<iframe src="{link}" title="Samescreen" allow="fullscreen; autoplay; screen-wake-lock" '
    'style="width:100%;aspect-ratio:16/9;border:0;display:block"></iframe>'
)
_LINK: Final = '<p><a href="{link}" target="_blank" rel="noopener">{shown}</a>{more}</p>'
_NO_FRAME: Final = (
    "<br>To see the picture here, name the address of this notebook: "
    '<code>Share(allow_frame="http://localhost:8888")</code><br>'
    "要在这里显示画面，请填写此笔记本的地址："
    '<code>Share(allow_frame="http://localhost:8888")</code>'
)


def cell(urls: HostUrls, secure_urls: HostUrls | None, framers: Sequence[str]) -> str:
    """HTML with the link, and with the picture if there are `framers` (origins of allow_frame)."""
    link = escape(_url(urls, secure_urls, framers))
    shown = link.partition("#")[0]
    if not framers:
        return _LINK.format(link=link, shown=shown, more=_NO_FRAME)
    return _FRAME.format(link=link) + _LINK.format(link=link, shown=shown, more="")


def _url(urls: HostUrls, secure_urls: HostUrls | None, framers: Sequence[str]) -> str:
    """The URL that the notebook's browser can show.

    A browser that opened the notebook as localhost runs on this machine. Any other page that came
    through https may frame https pages only.
    """
    sites = [urlsplit(origin) for origin in framers]
    if any(_is_here(site.hostname or "") for site in sites):
        return urls.here
    needs_tls = any(site.scheme == "https" for site in sites)
    return secure_urls.best if needs_tls and secure_urls is not None else urls.best


def _is_here(name: str) -> bool:
    return name == "localhost" or name.endswith(".localhost") or is_loopback(bare(name))
