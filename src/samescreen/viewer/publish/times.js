// @ts-check
// The times of frames on the page's clock. Either thread. Pure. The clock of a page may count whole milliseconds only, so the steps between
// frames are those of the frames' own times.

/** The two clocks have come apart by so much: begin again. */
const APART_US = 500_000;

export class Times {
  /** @type {number|null} */ #offsetUs = null;
  #lastUs = -1;

  /**
   * The time of a frame that has come now: later than all before.
   * @param {number} timestampUs  the frame's own
   * @param {number} nowUs
   */
  of(timestampUs, nowUs) {
    const offsetUs = nowUs - timestampUs;
    if (this.#offsetUs === null || offsetUs < this.#offsetUs || offsetUs - this.#offsetUs > APART_US) this.#offsetUs = offsetUs;
    return this.now(timestampUs + this.#offsetUs);
  }

  /** The time of a frame that is encoded once more. @param {number} nowUs */
  now(nowUs) {
    this.#lastUs = Math.max(Math.round(nowUs), this.#lastUs + 1);
    return this.#lastUs;
  }
}
