// @ts-check
// The browser's video decoder, and a surface that writes down what is painted on it. A test says when a picture comes out and what it
// is like. Importing this file makes node look like a browser with WebCodecs.

/** @typedef {import("../../../src/samescreen/viewer/wire.js").Config} Config */

export class FakeFrame {
  closed = 0;
  /** null: on the GPU. @type {string|null} */ format = null;
  visibleRect = { x: 0, y: 0, width: 64, height: 48 };
  displayWidth = 64;
  /** @param {number} timestamp @param {object} [like] */
  constructor(timestamp, like = {}) {
    this.timestamp = timestamp;
    Object.assign(this, like);
  }
  /** @param {Uint8Array} bytes */
  async copyTo(bytes) {
    bytes.fill(7);
  }
  close() {
    this.closed += 1;
  }
}

export class FakeVideoDecoder {
  /** @type {FakeVideoDecoder[]} */ static made = [];
  /** Thrown by `configure`. @type {Error|null} */ static refuses = null;
  state = "unconfigured";
  /** @type {any[]} */ configured = [];
  /** @type {any[]} */ chunks = [];
  /** @param {{output: (frame: any) => void, error: (error: Error) => void}} events */
  constructor(events) {
    this.events = events;
    FakeVideoDecoder.made.push(this);
  }
  static get newest() {
    return /** @type {FakeVideoDecoder} */ (FakeVideoDecoder.made.at(-1));
  }
  /** @param {object} config */
  configure(config) {
    if (FakeVideoDecoder.refuses) throw FakeVideoDecoder.refuses;
    this.state = "configured";
    this.configured.push(config);
  }
  /** @param {object} chunk */
  decode(chunk) {
    this.chunks.push(chunk);
  }
  close() {
    this.state = "closed";
  }
  /** The picture of the newest chunk comes out. @param {object} [like] */
  output(like) {
    const frame = new FakeFrame(this.chunks.at(-1).timestamp, like);
    this.events.output(frame);
    return frame;
  }
}

Object.assign(globalThis, {
  isSecureContext: true,
  VideoDecoder: FakeVideoDecoder,
  createImageBitmap: async () => ({ width: 64, height: 48, close: () => {} }),
  EncodedVideoChunk: class {
    /** @param {object} fields */
    constructor(fields) {
      Object.assign(this, fields);
    }
  },
});

/** @type {Config} */
export const CONFIG = {
  type: "config", track: 0, rendition: 0, codec: "h264", codec_string: "avc1.42C020",
  width: 64, height: 48, coded_width: 64, coded_height: 48, fps: 50,
};

/** A surface that keeps what was drawn on it. */
export function fakeSurface() {
  const surface = {
    width: 1,
    height: 1,
    isReady: true,
    shownUs: 0,
    /** @type {unknown[]} */ drawn: [],
    /** How often it was given a size, which empties a canvas. */ emptied: 0,
    isClosed: false,
    onReady: () => {},
    onBlank: () => {},
    /** @param {{width: number, height: number}} size */
    resize: (size) => void Object.assign(surface, size, { emptied: surface.emptied + 1 }),
    fill: () => void surface.drawn.push("pixels"),
    /** @param {unknown} source */
    draw: (source) => void surface.drawn.push(source),
    flush: () => {},
    close: () => void (surface.isClosed = true),
  };
  return surface;
}

/** Until everything posted or resolved so far has arrived. */
export async function settled() {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
