"""What a program that holds the publish link may ask before it publishes. Event loop."""

from __future__ import annotations

from typing import Final

from samescreen.grants import Grant

from .links import PUBLISHER
from .site import Route, Site, SiteRequest, SiteResponse, authenticate, json_response, require_grant


async def _publish(site: Site, request: SiteRequest, body: bytes) -> SiteResponse:
    """The token of the link to hand out: whoever publishes here may invite viewers.

    "" for people to whom the host gave the grant: only the publish link itself gives the token.
    """
    require_grant(site, request, Grant.PUBLISH)
    link_id = authenticate(site, request).link.link_id
    may_invite = link_id == PUBLISHER and not site.gatekeeper.is_open
    token = site.gatekeeper.token if may_invite else ""
    return json_response({"host": site.audience.host_name, "token": token})


PUBLISH_ROUTES: Final[dict[tuple[str, str], Route]] = {("GET", "/api/publish"): _publish}
