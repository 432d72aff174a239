// @ts-check
// `?kiosk=1`: for a TV or a wall, where nobody clicks. No bar, arrow keys for the streams, and no failure is final. Main thread.

const AGAIN_MS = 30_000;

export class Kiosk {
  #isOn;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;

  /** @param {boolean} isOn  off, it does nothing */
  constructor(isOn) {
    this.#isOn = isOn;
    document.documentElement.classList.toggle("kiosk", isOn);
  }

  /**
   * Keys instead of those that move the picture.
   * @param {(by: 1|-1) => void} step  shows the next stream, or the previous one
   * @returns {Record<string, () => void>}
   */
  keys(step) {
    if (!this.#isOn) return {};
    return { arrowright: () => step(1), arrowdown: () => step(1), arrowleft: () => step(-1), arrowup: () => step(-1) };
  }

  /** @param {import("../state.js").Shown} shown */
  follow({ state }) {
    clearTimeout(this.#timer);
    // The receiver tries again by itself, except after what it takes for final: then a fresh page may help.
    if (this.#isOn && state === "failed") this.#timer = setTimeout(() => location.reload(), AGAIN_MS);
  }
}
