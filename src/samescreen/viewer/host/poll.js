// @ts-check
// When the page asks the host for news: once a second while its tab is visible, at once after an act, never while hidden. Main thread.

export const EVERY_MS = 1000;
const LONGEST_MS = 15_000;

/**
 * How long to wait before the next question.
 * @param {number} failures  in a row
 */
export function delayMs(failures) {
  return Math.min(EVERY_MS * 2 ** failures, LONGEST_MS);
}

export class Poll {
  #ask;
  #isHidden;
  #failures = 0;
  #isRunning = false;
  #isAsking = false;
  #isWanted = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;

  /**
   * @param {() => Promise<boolean>} ask  false: the host did not answer
   * @param {() => boolean} isHidden
   */
  constructor(ask, isHidden = () => document.hidden) {
    this.#ask = ask;
    this.#isHidden = isHidden;
  }

  start() {
    this.#isRunning = true;
    this.now();
  }

  stop() {
    this.#isRunning = false;
    clearTimeout(this.#timer);
  }

  /** Asks at once: after an act, or when the tab is shown again. A question under way is followed by another. */
  async now() {
    clearTimeout(this.#timer);
    if (!this.#isRunning || this.#isHidden()) return;
    if (this.#isAsking) return void (this.#isWanted = true);
    this.#isAsking = true;
    // News that cannot be shown must not be the last ones.
    const hasAnswered = await this.#ask().catch((error) => (console.error("samescreen:", error), false));
    this.#isAsking = false;
    this.#failures = hasAnswered ? 0 : this.#failures + 1;
    if (!this.#isRunning || this.#isHidden()) return;
    if (this.#isWanted) {
      this.#isWanted = false;
      return void this.now();
    }
    this.#timer = setTimeout(() => this.now(), delayMs(this.#failures));
  }
}
