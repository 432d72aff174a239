"""The application of a port with several sites, each below a path of its own. Event loop.

Outside of them it answers /healthz and nothing else: it does not tell which sites there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from aiohttp import web

from . import refusals
from .app import answer_of, mounted_app
from .security_headers import BASIC_HEADERS
from .site import Site, SiteResponse, refusal_response


def rooms_app(sites: Mapping[str, Site], base_path: str) -> web.Application:
    """The sites by their whole paths; `base_path` is the beginning of each path."""
    app = web.Application()
    for path, site in sites.items():
        app.router.add_get(path, partial(_with_slash, path))  # first, or the site answers 404
        app.add_subapp(path, mounted_app(partial(_itself, site)))
    app.router.add_get(f"{base_path}/healthz", _healthz)
    app.router.add_route("*", "/{path:.*}", _nothing)
    return app


def _itself(site: Site) -> Site:
    return site


async def _with_slash(path: str, request: web.Request) -> web.Response:
    raise web.HTTPPermanentRedirect(f"{path}/", headers=BASIC_HEADERS)


async def _healthz(request: web.Request) -> web.Response:
    return answer_of(SiteResponse(b"ok\n", headers=BASIC_HEADERS))


async def _nothing(request: web.Request) -> web.Response:
    answer = answer_of(refusal_response(refusals.no_page("/", "")))
    answer.headers.update(BASIC_HEADERS)
    return answer
