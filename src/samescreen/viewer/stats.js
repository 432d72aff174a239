// @ts-check
// What the viewer itself can count: pictures a second, latency, bitrate, decode time. Either thread.
// Pure: `nowUs` is an argument. It never keeps more than the last second.

const WINDOW_US = 1_000_000;

/**
 * @typedef {object} Measured
 * @property {number} fps  new pictures painted in the last second
 * @property {number|null} latencyUs  grab → paint, p50, null while unknown
 * @property {number|null} decodeUs  p50
 * @property {number} bitrateBps
 */

/**
 * All that the details show.
 * @typedef {Measured & {path: import("./wire.js").Path|null, codec: string, paint: import("./video/planes.js").PlanesPainter["way"],
 *   width: number, height: number, rttUs: number|null, dropped: number, host: import("./wire.js").HostStats|null}} Totals
 */

/** @typedef {{atUs: number, value: number}} Sample */

export class Stats {
  /** @type {Sample[]} */ #painted = [];
  /** @type {Sample[]} */ #decoded = [];
  /** @type {Sample[]} */ #received = [];

  /**
   * @param {number|null} latencyUs
   * @param {number} nowUs
   */
  painted(latencyUs, nowUs) {
    this.#painted.push({ atUs: nowUs, value: latencyUs ?? -1 });
  }

  /**
   * @param {number} decodeUs
   * @param {number} nowUs
   */
  decoded(decodeUs, nowUs) {
    this.#decoded.push({ atUs: nowUs, value: decodeUs });
  }

  /**
   * @param {number} bytes
   * @param {number} nowUs
   */
  received(bytes, nowUs) {
    this.#received.push({ atUs: nowUs, value: bytes });
  }

  /**
   * @param {number} nowUs
   * @returns {Measured}
   */
  read(nowUs) {
    this.#painted = recent(this.#painted, nowUs);
    this.#decoded = recent(this.#decoded, nowUs);
    this.#received = recent(this.#received, nowUs);
    return {
      fps: this.#painted.length,
      latencyUs: median(this.#painted.map((sample) => sample.value).filter((value) => value >= 0)),
      decodeUs: median(this.#decoded.map((sample) => sample.value)),
      bitrateBps: this.#received.reduce((sum, sample) => sum + sample.value, 0) * 8,
    };
  }
}

/**
 * @param {Sample[]} samples
 * @param {number} nowUs
 */
function recent(samples, nowUs) {
  const first = samples.findIndex((sample) => nowUs - sample.atUs < WINDOW_US);
  return first < 0 ? [] : samples.slice(first);
}

/** @param {number[]} values */
export function median(values) {
  if (values.length === 0) return null;
  return values.sort((a, b) => a - b)[values.length >> 1];
}
