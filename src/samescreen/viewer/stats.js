// @ts-check
// What the viewer itself can count: pictures a second, latency, bitrate, decode time. Either thread.
// Pure: `nowUs` is an argument. It never keeps more than the last two seconds.

const WINDOW_US = 1_000_000;
// A second that is cut anywhere holds 59, 60 or 61 pictures of 60. Twice as long a span between two pictures gives 60.
const STEADY_US = 2 * WINDOW_US;
const STEADY_GAPS = 3;

/**
 * @typedef {object} Measured
 * @property {number} fps  new pictures painted a second, rounded; 0: none in the last second
 * @property {number|null} latencyUs  grab → paint, p50, null while unknown
 * @property {number|null} decodeUs  p50
 * @property {number} bitrateBps
 */

/**
 * All that the details show.
 * @typedef {Measured & {path: import("./wire.js").Path|null, codec: string, paint: import("./video/planes.js").PlanesPainter["way"],
 *   width: number, height: number, rttUs: number|null, responseUs: number|null, dropped: number, host: import("./wire.js").HostStats|null}} Totals
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
    this.#painted = recent(this.#painted, nowUs, STEADY_US);
    this.#decoded = recent(this.#decoded, nowUs, WINDOW_US);
    this.#received = recent(this.#received, nowUs, WINDOW_US);
    const lastSecond = recent(this.#painted, nowUs, WINDOW_US);
    return {
      fps: Math.round(steadyRate(this.#painted, nowUs) ?? countOf(lastSecond)),
      latencyUs: median(lastSecond.map((sample) => sample.value).filter((value) => value >= 0)),
      decodeUs: median(this.#decoded.map((sample) => sample.value)),
      bitrateBps: this.#received.reduce((sum, sample) => sum + sample.value, 0) * 8,
    };
  }
}

/**
 * Pictures a second between the first and the last sample.
 * @param {Sample[]} samples  of the last two seconds
 * @param {number} nowUs
 * @returns {number|null} null: they do not come steadily, so only their number counts
 */
function steadyRate(samples, nowUs) {
  if (samples.length < 2) return null;
  const [firstUs, lastUs] = [samples[0].atUs, samples[samples.length - 1].atUs];
  const meanUs = (lastUs - firstUs) / (samples.length - 1);
  const times = [nowUs - STEADY_US, ...samples.map(({ atUs }) => atUs), nowUs];
  const isSteady = times.every((atUs, at) => at === 0 || atUs - times[at - 1] <= STEADY_GAPS * meanUs);
  return isSteady ? 1_000_000 / meanUs : null;
}

/**
 * Their number, less the one that a second may hold because of where it is cut.
 * @param {Sample[]} samples  of the last second
 */
function countOf(samples) {
  const count = samples.length;
  if (count < 2) return count;
  const rate = ((count - 1) * 1_000_000) / Math.max(1, samples[count - 1].atUs - samples[0].atUs);
  return Math.min(count, Math.max(count - 1, Math.round(rate)));
}

/**
 * @param {Sample[]} samples
 * @param {number} nowUs
 * @param {number} windowUs
 */
function recent(samples, nowUs, windowUs) {
  const first = samples.findIndex((sample) => nowUs - sample.atUs < windowUs);
  return first < 0 ? [] : samples.slice(first);
}

/** @param {number[]} values */
export function median(values) {
  if (values.length === 0) return null;
  return values.sort((a, b) => a - b)[values.length >> 1];
}
