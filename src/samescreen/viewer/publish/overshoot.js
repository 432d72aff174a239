// @ts-check
// How far an encoder goes beyond its bitrate, and what to ask of it instead. Pure: time is an argument. Hardware encoders of phones
// make up to 40 % more than they were asked for.

const WINDOW_MS = 2_000;
const TOLERATED = 1.1;
const LEAST = 0.5;
const RISE = 1.05;

export class Overshoot {
  /** To multiply the wanted bitrate by, from LEAST to 1. */ share = 1;
  #bytes = 0;
  /** @type {number|null} */ #sinceMs = null;

  /** @param {number} bytes  of one packet */
  came(bytes) {
    this.#bytes += bytes;
  }

  /**
   * Looks every two seconds; true if the share has changed.
   * @param {number} nowMs
   * @param {number} bitrateBps  what is wanted
   */
  look(nowMs, bitrateBps) {
    const forMs = nowMs - (this.#sinceMs ??= nowMs);
    if (forMs < WINDOW_MS) return false;
    const over = (this.#bytes * 8000) / forMs / bitrateBps;
    const before = this.share;
    if (over > TOLERATED) this.share = Math.max(LEAST, before / over);
    else if (over < 1) this.share = Math.min(1, before * RISE);
    this.#bytes = 0;
    this.#sinceMs = nowMs;
    return this.share !== before;
  }
}
