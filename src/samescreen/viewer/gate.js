// @ts-check
// Decides which video packets may be decoded: after a gap, or with a fresh decoder, none until a keyframe; and when to request one.
// Either thread. Pure: `nowUs` is an argument. It never sends anything itself.

const FIRST_ASK_US = 500_000;
const LONGEST_ASK_US = 4_000_000;

/** @typedef {"pass"|"resync"|"drop"} Verdict  resync = pass, but the canvas may not show the picture before this one */

export class Gate {
  #open = false;
  #dropped = 0;
  /** @type {number|null} */
  #last = null;
  #askUs = FIRST_ASK_US;
  #nextAskUs = 0;

  get isOpen() {
    return this.#open;
  }

  /** Packets withheld since the page opened. */
  get dropped() {
    return this.#dropped;
  }

  /**
   * A new connection: the host sends a keyframe unasked, so give it time before asking.
   * @param {number} nowUs
   */
  restart(nowUs) {
    this.#last = null;
    this.#open = false;
    this.#askUs = FIRST_ASK_US;
    this.#nextAskUs = nowUs + 2 * FIRST_ASK_US;
  }

  /** The decoder's contents are useless from now on: nothing passes until a keyframe. */
  shut() {
    this.#open = false;
  }

  /**
   * @param {number} sequence
   * @param {boolean} isKeyframe
   * @returns {Verdict}
   */
  offer(sequence, isKeyframe) {
    const isNext = this.#last !== null && sequence === (this.#last + 1) >>> 0;
    this.#last = sequence;
    if (this.#open && isNext) return "pass";
    this.#open = isKeyframe;
    if (!isKeyframe) {
      this.#dropped += 1;
      return "drop";
    }
    this.#askUs = FIRST_ASK_US;
    return "resync";
  }

  /**
   * True when the page must request a keyframe now. The time between requests doubles while none comes.
   * @param {number} nowUs
   */
  takeRequest(nowUs) {
    if (this.#open || nowUs < this.#nextAskUs) return false;
    this.#nextAskUs = nowUs + this.#askUs;
    this.#askUs = Math.min(LONGEST_ASK_US, this.#askUs * 2);
    return true;
  }
}
