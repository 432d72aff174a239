// @ts-check
// H.264 Constrained Baseline through WebAssembly (vendor/h264bsd), for pages without WebCodecs: plain http above all.
// Thread: the worker where there is one; on the main thread it blocks a few ms a picture.

import { again } from "../again.js";

/** @typedef {import("../wire.js").Packet} Packet */
/** @typedef {import("../wire.js").Config} Config */
/** @typedef {import("../vendor/h264bsd/h264bsd.mjs").MainModule} H264Module */
/** @typedef {import("../vendor/h264bsd/h264bsd.mjs").Picture} H264Picture */

const ERROR = 3; // DecodeResultCode: this and everything above

/** @type {Promise<H264Module>|null} compiled once, however often a decoder is rebuilt */
let loading = null;

function load() {
  loading ??= again(async (query) => {
    /** @type {typeof import("../vendor/h264bsd/h264bsd.mjs")} */
    const library = await import(new URL("../vendor/h264bsd/h264bsd.mjs", import.meta.url) + query);
    return library.default();
  });
  loading.catch(() => (loading = null)); // the next decoder tries anew
  return loading;
}

export class WasmDecoder {
  // Packets wait only while the module loads; decoding them then takes 2–4 ms each.
  queueLimit = 30;
  #events;
  #nowUs;
  #painter;
  #closed = false;
  #isPrepared = false;
  #count = 0;
  /** @type {Config|null} */ #config = null;
  /** @type {{packet: Packet, config: Config}[]} arrived before the module */
  #waiting = [];
  /** @type {import("../vendor/h264bsd/h264bsd.mjs").Decoder|null} */ #decoder = null;

  /**
   * @param {import("./decoder_selector.js").DecoderEvents} events
   * @param {() => number} nowUs
   * @param {import("./planes.js").PlanesPainter} painter
   */
  constructor(events, nowUs, painter) {
    this.#events = events;
    this.#nowUs = nowUs;
    this.#painter = painter;
    if (loading) this.prepare();
  }

  /** Loads the module, if it is not loading yet. It is large: on a slow link it would delay a first still that comes at the same time. */
  prepare() {
    if (this.#isPrepared) return;
    this.#isPrepared = true;
    load()
      .then((module) => this.#loaded(module))
      .catch((error) => this.#fail(error));
  }

  get isLoading() {
    return this.#decoder === null;
  }

  get queue() {
    return this.#waiting.length;
  }

  /** @param {Config} config */
  configure(config) {
    this.#config = config;
  }

  /** @param {Packet} packet */
  decode(packet) {
    const config = this.#config;
    if (!config || this.#closed) return;
    if (this.#decoder) this.#decodeNow(this.#decoder, packet, config);
    else this.#waiting.push({ packet, config });
    this.prepare();
  }

  close() {
    this.#closed = true;
    this.#waiting = [];
    this.#decoder?.delete();
    this.#decoder = null;
  }

  /** @param {H264Module} module */
  #loaded(module) {
    if (this.#closed) return;
    this.#decoder = new module.Decoder();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { packet, config } of waiting) if (this.#decoder) this.#decodeNow(this.#decoder, packet, config);
  }

  /**
   * @param {import("../vendor/h264bsd/h264bsd.mjs").Decoder} decoder
   * @param {Packet} packet
   * @param {Config} config
   */
  #decodeNow(decoder, packet, config) {
    const startUs = this.#nowUs();
    try {
      const decoded = this.#feed(decoder, packet.payload);
      if (!decoded) return;
      const { picWidth, picHeight } = decoded.info;
      if (picWidth < config.width || picHeight < config.height)
        throw new Error(`picture of ${picWidth}×${picHeight} does not fill ${config.width}×${config.height}`);
      this.#events.onPicture(this.#pictureOf(decoded, packet, config, this.#nowUs() - startUs));
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * One access unit may take several calls: the decoder stops after parameter sets that change the size.
   * @param {import("../vendor/h264bsd/h264bsd.mjs").Decoder} decoder
   * @param {Uint8Array} payload
   * @returns {H264Picture|undefined}
   */
  #feed(decoder, payload) {
    let at = 0;
    let picture;
    while (at < payload.length) {
      const result = decoder.decode(payload.subarray(at), (this.#count += 1));
      if (result.code >= ERROR) throw new Error(`h264bsd cannot decode this stream (code ${result.code})`);
      picture = result.picture ?? picture;
      if (result.read === 0) break;
      at += result.read;
    }
    return picture;
  }

  /**
   * @param {H264Picture} decoded  valid until the next decode; the painter never paints any but the newest
   * @param {Packet} packet
   * @param {Config} config
   * @param {number} decodeUs
   * @returns {import("./painter.js").Picture}
   */
  #pictureOf(decoded, packet, config, decodeUs) {
    const planes = { bytes: decoded.bytes, width: decoded.info.picWidth, height: decoded.info.picHeight };
    return {
      rendition: packet.rendition,
      sequence: packet.sequence,
      ptsUs: packet.ptsUs,
      decodeUs,
      width: config.width,
      height: config.height,
      damage: packet.damage,
      paint: (surface, regions) => {
        // Closed: the planes are freed memory.
        if (!this.#closed) this.#painter.paint(surface, planes, config, regions);
      },
      close: () => {},
    };
  }

  /** @param {unknown} error */
  #fail(error) {
    if (this.#closed) return;
    this.#events.onError(error instanceof Error ? error : new Error(String(error)));
  }
}
