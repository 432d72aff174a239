// @ts-check
// Estimates the host's clock from ping/pong. Either thread. Pure: `nowUs` is an argument, it never reads a clock.
//
// One pong gives host time = page time + offset, with an error of at most half its round trip. Queues only lengthen a round
// trip, so the sample with the shortest one is the most accurate. The window slides because two clocks drift apart (~50 µs/s).

const WINDOW_US = 30_000_000;
const MAX_SAMPLES = 64;

export class HostClock {
  /** @type {{atUs: number, rttUs: number, offsetUs: number}[]} */
  #samples = [];

  /**
   * @param {number} sentUs  the page's clock when the ping left, echoed
   * @param {number} hostUs
   * @param {number} nowUs
   */
  pong(sentUs, hostUs, nowUs) {
    const rttUs = nowUs - sentUs;
    if (rttUs < 0) return;
    this.#samples.push({ atUs: nowUs, rttUs, offsetUs: hostUs - (sentUs + rttUs / 2) });
    this.#samples = this.#samples.filter((sample) => nowUs - sample.atUs <= WINDOW_US).slice(-MAX_SAMPLES);
  }

  /** A new connection may lead to a restarted host, whose clock starts elsewhere. */
  reset() {
    this.#samples = [];
  }

  /** Round trip of the newest sample, or null before the first. */
  get rttUs() {
    return this.#samples.at(-1)?.rttUs ?? null;
  }

  /**
   * How long ago a picture was grabbed, or null before the first pong.
   * @param {number} ptsUs  on the host's clock
   * @param {number} nowUs  on the page's
   */
  ageUs(ptsUs, nowUs) {
    if (this.#samples.length === 0) return null;
    const best = this.#samples.reduce((a, b) => (b.rttUs < a.rttUs ? b : a));
    return Math.max(0, Math.round(nowUs + best.offsetUs - ptsUs));
  }
}
