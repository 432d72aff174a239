"""A real RTSP server, GStreamer's, which writes what it receives into a file."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.stage.host_process import free_port
from tests.stage.tools import end, find_tool, spawn

NAME: Final = "me"
PASSWORD: Final = "a-secret-word"
_PYTHON: Final = "/usr/bin/python3"
"""Debian's own: the bindings of GStreamer belong to it."""

_BINDINGS: Final = """
import sys, gi
for name in ("Gst", "GstRtsp", "GstRtspServer"):
    gi.require_version(name, "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer
Gst.init(None)
sys.exit(0 if Gst.ElementFactory.find("rtph264depay") else "no gstreamer1.0-plugins-good")
"""
_PROGRAM: Final = """
port, file, name, password = sys.argv[1:]
server = GstRtspServer.RTSPServer(service=port, address="127.0.0.1")
live = GstRtspServer.RTSPMediaFactory(launch=f'''(
    rtph264depay name=depay0 ! video/x-h264,stream-format=avc,alignment=au ! both.
    rtpmp4gdepay name=depay1 ! both.
    flvmux name=both streamable=true ! filesink buffer-mode=unbuffered location={file} )''')
live.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
live.set_protocols(GstRtsp.RTSPLowerTrans.TCP)
permissions = GstRtspServer.RTSPPermissions()
for right in ("access", "construct"):
    permissions.add_permission_for_role("sender", f"media.factory.{right}", True)
live.set_permissions(permissions)
server.get_mount_points().add_factory("/live", live)
token = GstRtspServer.RTSPToken()
token.set_string("media.factory.role", "sender")
auth = GstRtspServer.RTSPAuth()
auth.add_basic(GstRtspServer.RTSPAuth.make_basic(name, password), token)
server.set_auth(auth)
server.attach(None)
print("ready", flush=True)
GLib.MainLoop().run()
"""


class RtspServer:
    """Takes one stream at `/live` from who has the password, into `file` (FLV)."""

    def __init__(self, folder: Path) -> None:
        find_tool(_PYTHON)
        looked = subprocess.run([_PYTHON, "-c", _BINDINGS], capture_output=True, text=True)
        if looked.returncode:
            reason = f"no RTSP server: {looked.stderr[-200:]}; `make test` installs it on Debian"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        self.file = folder / "received.flv"
        self.port = free_port()
        bindings, _, _ = _BINDINGS.rpartition("sys.exit")
        arguments = (str(self.port), str(self.file), NAME, PASSWORD)
        self._running = spawn(
            [_PYTHON, "-c", bindings + _PROGRAM, *arguments], stdout=subprocess.PIPE
        )
        assert self._running.stdout is not None
        assert self._running.stdout.readline() == "ready\n"

    def url(self, password: str = PASSWORD, path: str = "live") -> str:
        return f"rtsp://{NAME}:{password}@127.0.0.1:{self.port}/{path}"

    def stop(self) -> None:
        end(self._running)
        assert self._running.stdout is not None
        self._running.stdout.close()
