"""A program works a browser, and people may take over: xvfb-run agent.py [CHROMIUM] [PORT]"""

import json
import subprocess
import sys
import time
from contextlib import suppress
from urllib.request import HTTPError, Request, urlopen

import samescreen

SCRIPT = "document.body.style.background = value.length % 2 ? '%2300a000' : '%23a00000'"
PAGE = f'data:text/html,<body><input style="font-size:100px;width:95%25" oninput="{SCRIPT}">'
OPTIONS = "--no-sandbox", "--no-first-run", "--window-position=0,0", "--window-size=800,450"


def act(port: str, token: str, *actions: dict[str, object]) -> str:
    """Have the host carry these out: what became of it, or why somebody else acts."""
    url, headers = f"http://127.0.0.1:{port}/api/input", {"Authorization": f"Bearer {token}"}
    try:
        with urlopen(Request(url, json.dumps({"actions": actions}).encode(), headers)) as answer:
            return str(answer.status)
    except HTTPError as refusal:
        return f"{refusal.code} {refusal.read().decode().strip()}"


def main(chromium: str = "chromium", port: str = "9000") -> None:
    with samescreen.Share("screen", port=int(port), allow="control") as share:
        print(share.url, flush=True)
        link = share.new_link("my agent", grants=["watch", "control"])
        with subprocess.Popen([chromium, *OPTIONS, f"--app={PAGE}"]) as browser:
            with suppress(KeyboardInterrupt):
                while browser.poll() is None:
                    time.sleep(0.5)
                    click, text = {"do": "click", "x": 200, "y": 100}, {"do": "text", "text": "é"}
                    print(act(port, link.token, click, text), flush=True)
            browser.terminate()


main(*sys.argv[1:])
