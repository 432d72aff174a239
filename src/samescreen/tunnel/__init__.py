"""Tools that carry people from the internet to this host: cloudflared, tailscale and ssh.

`tools` says which there are. Each of them (`cloudflared`, `tailscale`, `ssh`) knows its command
line and reads what the tool prints; these are pure. `process` runs a tool on a thread of its own,
and `tunnel` keeps one running. Nothing here knows the host's port, links or secrets.
"""
