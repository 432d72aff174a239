// @ts-check
// Keeps a phone's screen on while it shows a live picture, or its own camera to others. Main thread. Secure contexts only: elsewhere it does
// nothing.

/**
 * What a test replaces.
 * @typedef {object} Surroundings
 * @property {(onLost: () => void) => Promise<{release: () => Promise<void>}>} request  `onLost`: the browser released the lock
 * @property {() => boolean} isVisible
 * @property {(listener: () => void) => void} onVisibility
 */

/** @type {Surroundings|null} null: this browser has no wake lock */
const BROWSER =
  "document" in globalThis && "wakeLock" in navigator
    ? {
        request: async (onLost) => {
          const lock = await navigator.wakeLock.request("screen");
          lock.addEventListener("release", onLost);
          return lock;
        },
        isVisible: () => document.visibilityState === "visible",
        onVisibility: (listener) => document.addEventListener("visibilitychange", listener),
      }
    : null;

export class Wake {
  #around;
  #wanted = false;
  #asking = false;
  /** @type {{release: () => Promise<void>}|null} */ #lock = null;

  /** @param {Surroundings|null} [around] */
  constructor(around = BROWSER) {
    this.#around = around;
    // The browser releases the lock of a hidden page and does not restore it.
    around?.onVisibility(() => {
      if (!around.isVisible()) this.#lock = null;
      this.#follow();
    });
  }

  /** @param {boolean} wanted */
  want(wanted) {
    this.#wanted = wanted;
    this.#follow();
  }

  async #follow() {
    const around = this.#around;
    if (!around || this.#asking) return;
    const may = this.#wanted && around.isVisible();
    if (may === (this.#lock !== null)) return;
    if (!may) {
      const lock = this.#lock;
      this.#lock = null;
      return void lock?.release().catch(() => {});
    }
    this.#asking = true;
    const granted = await around.request(() => this.#lost(granted)).catch(() => null);
    this.#asking = false;
    // The browser refused, for example on a low battery. The next request comes when the picture or the page comes back.
    if (!granted) return;
    this.#lock = granted;
    this.#follow();
  }

  /** @param {{release: () => Promise<void>}|null} lock */
  #lost(lock) {
    // The next request comes later, not at once: the battery may be low.
    if (lock === this.#lock) this.#lock = null;
  }
}
