// @ts-check
// Stills (JPEG, the first one perhaps PNG): the first picture of every viewer, and the whole stream where nothing else decodes. Either thread.
// One decode at a time; while it runs, a newer still replaces every waiting one it covers. It never paints.

import { covers, joinDamage } from "./painter.js";

/** @typedef {import("../wire.js").Packet} Packet */
/** @typedef {import("../wire.js").Config} Config */
/** @typedef {import("../wire.js").Region} Region */
/** @typedef {{packet: Packet, config: Config, region: Region, damage: Region[]}} Waiting  `region`: its place in the picture */

export class JpegDecoder {
  queueLimit = 32;
  isLoading = false;
  #events;
  #nowUs;
  #closed = false;
  #busy = false;
  /** @type {Config|null} */ #config = null;
  /** @type {Waiting[]} */ #waiting = [];

  /**
   * @param {import("./decoder_selector.js").DecoderEvents} events
   * @param {() => number} nowUs
   */
  constructor(events, nowUs) {
    this.#events = events;
    this.#nowUs = nowUs;
  }

  get queue() {
    return this.#waiting.length + (this.#busy ? 1 : 0);
  }

  /** @param {Config} config */
  configure(config) {
    this.#config = config;
  }

  /** @param {Packet} packet */
  decode(packet) {
    const config = this.#config;
    if (!config || this.#closed) return;
    const whole = { x: 0, y: 0, width: config.width, height: config.height };
    const region = packet.isKeyframe ? whole : (packet.damage[0] ?? whole);
    const isCovered = (/** @type {Waiting} */ waiting) => covers(region, waiting.region);
    // The stills that a newer one replaces are never painted, so it paints their damage too.
    const damage = this.#waiting.filter(isCovered).reduce((joined, older) => joinDamage(older.damage, joined), packet.damage);
    this.#waiting = [...this.#waiting.filter((waiting) => !isCovered(waiting)), { packet, config, region, damage }];
    if (!this.#busy) this.#decodeAll();
  }

  close() {
    this.#closed = true;
    this.#waiting = [];
  }

  async #decodeAll() {
    this.#busy = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) await this.#decodeOne(next);
    this.#busy = false;
  }

  /** @param {Waiting} waiting */
  async #decodeOne({ packet, config, region, damage }) {
    const startUs = this.#nowUs();
    try {
      const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (packet.payload);
      const bitmap = await createImageBitmap(new Blob([bytes], { type: typeOf(bytes) }));
      if (this.#closed) return bitmap.close();
      this.#events.onPicture({
        rendition: packet.rendition,
        sequence: packet.sequence,
        ptsUs: packet.ptsUs,
        decodeUs: this.#nowUs() - startUs,
        width: config.width,
        height: config.height,
        damage,
        isSketch: bitmap.width < config.width && packet.isKeyframe,
        paint: (surface, regions) => surface.draw(bitmap, { width: bitmap.width, height: bitmap.height }, region, regions),
        close: () => bitmap.close(),
      });
    } catch (error) {
      if (!this.#closed) this.#events.onError(/** @type {Error} */ (error));
    }
  }
}

/** @param {Uint8Array} file */
function typeOf(file) {
  return file[0] === 0x89 ? "image/png" : "image/jpeg";
}
