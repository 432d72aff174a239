"""The baseline: what the users' 60-line screen-sharing script did, plainly.

One thread grabs the screen with mss, 60 times a second. Each viewer's WebSocket (Flask,
flask-sock, one thread per viewer) JPEG-encodes the newest picture by itself and sends it. The
page draws it on a canvas and shows its frame rate. No authentication, no flow control.
Usage: baseline.py PORT [bitmap]. With "bitmap" the page decodes by createImageBitmap instead of an
<img> and its load event, a change of three lines that makes a great difference in Chromium.
Binds loopback here; the script bound every interface.
"""

import io
import sys
import threading
import time

import mss
from flask import Flask
from flask_sock import Sock
from PIL import Image
from simple_websocket import Server

PAGE = """<!doctype html><meta charset="utf-8"><title>screen</title>
<style>
  body { margin: 0; overflow: hidden; background: #000 }
  canvas { display: block }
  #fps { position: fixed; top: 4px; left: 8px; color: lime; font: 16px monospace }
</style>
<canvas id="screen"></canvas><div id="fps"></div>
<script>
  const canvas = document.getElementById('screen'), context = canvas.getContext('2d');
  const socket = new WebSocket(`ws://${location.host}/ws`);
  let shown = 0;
  function draw(image) {
    if (canvas.width !== image.width || canvas.height !== image.height) {
      canvas.width = image.width;
      canvas.height = image.height;
    }
    context.drawImage(image, 0, 0);
    shown += 1;
  }
  socket.onmessage = ONMESSAGE;
  setInterval(() => {
    document.getElementById('fps').textContent = `FPS ${shown}`;
    shown = 0;
  }, 1000);
</script>"""

BY_IMAGE = """(event) => {
    const url = URL.createObjectURL(event.data);
    const image = new Image();
    image.onload = () => {
      draw(image);
      URL.revokeObjectURL(url);
    };
    image.src = url;
  }"""

BY_BITMAP = "async (event) => draw(await createImageBitmap(event.data))"

app = Flask(__name__)
sock = Sock(app)
grabbed = threading.Condition()  # protects newest, count
newest = Image.new("RGB", (1, 1))
count = 0


def grab_forever() -> None:
    global newest, count
    with mss.MSS() as screens:
        next_s = time.monotonic()
        while True:
            shot = screens.grab(screens.monitors[1])
            picture = Image.frombytes("RGB", shot.size, shot.bgra, "raw", "BGRX")
            with grabbed:
                newest, count = picture, count + 1
                grabbed.notify_all()
            next_s = max(next_s + 1 / 60, time.monotonic())
            time.sleep(max(0.0, next_s - time.monotonic()))


@app.get("/")
def page() -> str:
    return PAGE.replace("ONMESSAGE", BY_BITMAP if "bitmap" in sys.argv else BY_IMAGE)


@sock.route("/ws")
def watch(socket: Server) -> None:
    sent = 0
    while True:
        with grabbed:
            while count == sent:
                grabbed.wait()
            picture, sent = newest, count
        jpeg = io.BytesIO()
        picture.save(jpeg, "JPEG", quality=80)
        socket.send(jpeg.getvalue())


if __name__ == "__main__":
    threading.Thread(target=grab_forever, daemon=True).start()
    app.run(host="127.0.0.1", port=int(sys.argv[1]), threaded=True)
