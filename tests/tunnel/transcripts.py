"""What the tools print, as their sources have it; names and numbers are made up."""

from __future__ import annotations

CLOUDFLARED = """\
2025-06-01T10:00:00Z INF Thank you for trying Cloudflare Tunnel. Doing so, without a Cloudflare \
account, is a quick way to experiment. Read https://www.cloudflare.com/website-terms/
2025-06-01T10:00:00Z ERR Configuration file /dev/null was empty
2025-06-01T10:00:00Z INF Requesting new quick Tunnel on trycloudflare.com...
2025-06-01T10:00:03Z INF +--------------------------------------------------------------+
2025-06-01T10:00:03Z INF |  Your quick Tunnel has been created! Visit it at:            |
2025-06-01T10:00:03Z INF |  https://two-red-quiet-otters.trycloudflare.com              |
2025-06-01T10:00:03Z INF +--------------------------------------------------------------+
2025-06-01T10:00:03Z INF Starting metrics server on 127.0.0.1:20241/metrics
2025-06-01T10:00:04Z INF Registered tunnel connection connIndex=0 ip=198.51.100.7 protocol=quic
"""
NO_QUICK_TUNNEL = (
    'failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp: '
    "lookup api.trycloudflare.com: no such host\n"
)
TOO_MANY = (
    "2025-06-01T10:00:00Z ERR Error unmarshaling QuickTunnel response: error code: 1015 "
    'error="invalid character" status_code="429 Too Many Requests"\n'
)

FUNNEL = """\
Available on the internet:

https://desk.tail1a2b3.ts.net/
|-- proxy http://127.0.0.1:40001

Press Ctrl+C to exit.
"""
FUNNEL_OFF = """\
Funnel is not enabled on your tailnet.
To enable, visit:

         https://login.tailscale.com/f/funnel?node=nAbC

"""

SSHD = "Allocated port 39381 for remote forward to 127.0.0.1:40001\r\n"
SSHD_FIXED = """\
debug1: Reading configuration data /etc/ssh/ssh_config
debug1: Connecting to vps.example [203.0.113.5] port 22.
debug1: Remote connections from *:8080 forwarded to local address 127.0.0.1:40001
debug1: remote forward success for: listen *:8080, connect 127.0.0.1:40001
"""
LOCALHOST_RUN = """\
===============================================================================
Welcome to localhost.run!
Follow your favourite reverse tunnel at https://twitter.com/localhost_run.
To set up and manage custom domains go to https://admin.localhost.run/
===============================================================================
** your connection id is 1b7a, please mention it if you send me a message about an issue. **
authenticated as anonymous user
8beaa541ba3dc2.lhr.life tunneled with tls termination, https://8beaa541ba3dc2.lhr.life
"""
SERVEO = """\
\x1b[32mForwarding HTTP traffic from https://fast-otter.serveo.net\x1b[0m
Press g to start a GUI session and ctrl-c to quit.
"""
CHANGED_KEY = """\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Host key verification failed.
"""
