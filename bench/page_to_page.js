// Paints and reads the number that the pictures carry (page_to_page.py): seven blocks and their inverse in the upper left corner.
// `seen` has, by number, when a picture with it was painted or first seen, in milliseconds of the browser's one clock.
(() => {
  const BITS = 7, SIDE = 64;
  const nowMs = () => performance.timeOrigin + performance.now();

  function numberOf(lumaAt) {
    let number = 0;
    for (let bit = 0; bit < BITS; bit += 1) {
      const one = lumaAt(bit), inverse = lumaAt(bit + BITS);
      if (Math.abs(one - inverse) < 90) return null;
      if (one > inverse) number |= 1 << bit;
    }
    return number;
  }

  function note(seen, number) {
    if (number === null || seen.last === number) return;
    seen.last = number;
    seen.times.push([number, nowMs()]);
  }

  /** Frames as the browser hands them out to whatever encodes them. */
  async function readTrack(track) {
    const seen = (globalThis.seen = { last: null, times: [] });
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    const width = 2 * BITS * SIDE, row = new Uint8Array(width * 4 * 2);
    for (;;) {
      const { done, value: frame } = await reader.read();
      if (done) return;
      await frame.copyTo(row, { rect: { x: 0, y: SIDE / 2, width, height: 2 } });
      frame.close();
      note(seen, numberOf((block) => row[block * SIDE + SIDE / 2]));
    }
  }

  /** What a canvas or video element shows, looked at before each picture of the screen. @param {() => HTMLElement} shown */
  function readElement(shown) {
    const seen = (globalThis.seen = { last: null, times: [] });
    const small = new OffscreenCanvas(2 * BITS, 1).getContext("2d", { willReadFrequently: true });
    const look = () => {
      requestAnimationFrame(look);
      const element = shown();
      const width = element.videoWidth ?? element.width;
      if (width < 320) return;
      const scale = width / 1280;
      for (let block = 0; block < 2 * BITS; block += 1)
        small.drawImage(element, (block * SIDE + SIDE / 2) * scale, (SIDE / 2) * scale, 2, 2, block, 0, 1, 1);
      const pixels = small.getImageData(0, 0, 2 * BITS, 1).data;
      note(seen, numberOf((block) => pixels[4 * block + 1]));
    };
    look();
  }

  /** Fills the page with noise at rest, numbers, and a film of moving noise in a quarter of it, so many pictures a second. @param {number} width @param {number} height @param {number} fps */
  function paint(width, height, fps) {
    const FRAMES = 120;
    const seen = (globalThis.seen = { last: null, times: [] });
    const canvas = document.body.appendChild(Object.assign(document.createElement("canvas"), { width, height }));
    canvas.style.cssText = "display: block; image-rendering: pixelated";
    const noise = new OffscreenCanvas(width / 8, height / 8), paper = noise.getContext("2d");
    for (let y = 0; y < height / 8; y += 1)
      for (let x = 0; x < width / 8; x += 1) {
        const grey = 40 + Math.floor(Math.random() * 176);
        paper.fillStyle = `rgb(${grey} ${grey} ${grey})`;
        paper.fillRect(x, y, 1, 1);
      }
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(noise, 0, 0, width, height);
    const film = { x: width / 4, y: height / 4, width: width / 2, height: height / 2 };
    let number = -1;
    const draw = (/** @type {number} */ nowMs) => {
      requestAnimationFrame(draw);
      const next = Math.floor((nowMs * fps) / 1000) % FRAMES;
      if (next === number) return;
      number = next;
      context.drawImage(noise, number / 2, 0, film.width / 8, film.height / 8, film.x, film.y, film.width, film.height);
      for (let block = 0; block < 2 * BITS; block += 1) {
        const isOn = Boolean((number >> (block % BITS)) & 1) === block < BITS;
        context.fillStyle = isOn ? "#ebebeb" : "#101010";
        context.fillRect(block * SIDE, 0, SIDE, SIDE);
      }
      note(seen, number);
    };
    requestAnimationFrame(draw);
  }

  /** A WebRTC peer. The other page is reached by whoever drives both. */
  function newPeer(stream) {
    const peer = (globalThis.peer = new RTCPeerConnection());
    for (const track of stream?.getTracks() ?? []) peer.addTrack(track, stream);
    peer.ontrack = ({ streams: [shown] }) => {
      const video = document.body.appendChild(Object.assign(document.createElement("video"), { muted: true, srcObject: shown }));
      video.style.cssText = "position: fixed; inset: 0; width: 100%; z-index: 99";
      void video.play();
      readElement(() => video);
    };
    return peer;
  }

  /** Its description, with all candidates in it. */
  async function described(peer, description) {
    await peer.setLocalDescription(description);
    if (peer.iceGatheringState !== "complete") await new Promise((done) => peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && done()));
    return peer.localDescription.toJSON();
  }

  globalThis.reading = { paint, readTrack, readElement, newPeer, described };
})();
