// @ts-check
// When to make a keyframe: at once when one is wanted, but not more often than the budget allows. Either thread. Pure.

/** The gate lets four a second pass; requests within this time share one keyframe. */
export const COALESCE_MS = 300;

export class KeyframeRequests {
  #isWanted = false;
  #madeMs = -Infinity;

  /** Somebody needs one. */
  want() {
    this.#isWanted = true;
  }

  get isWanted() {
    return this.#isWanted;
  }

  /** How long until one may be made; Infinity: none is wanted. @param {number} nowMs */
  waitMs(nowMs) {
    return this.#isWanted ? Math.max(0, this.#madeMs + COALESCE_MS - nowMs) : Infinity;
  }

  /** Whether the next frame is a keyframe. It counts as made. @param {number} nowMs */
  take(nowMs) {
    if (this.waitMs(nowMs) > 0) return false;
    this.#isWanted = false;
    this.#madeMs = nowMs;
    return true;
  }
}
