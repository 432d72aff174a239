// @ts-check
// Locks the mouse into the picture, so that it reports how far it moves instead of where it is: games and 3D programs need that. Main
// thread. Esc ends it; the browser sees to that.

/** Dispatches "change" when the mouse is locked in or free again. */
export class MouseLock extends EventTarget {
  #stage;
  #wasLocked = false;

  /**
   * @param {HTMLElement} stage
   * @param {AbortSignal} signal
   */
  constructor(stage, signal) {
    super();
    this.#stage = stage;
    document.addEventListener("pointerlockchange", () => this.#changed(), { signal });
  }

  get isLocked() {
    return document.pointerLockElement === this.#stage;
  }

  /** To be called in a click. @returns {Promise<boolean>} false: this browser, or a frame around the page, does not allow it */
  async enter() {
    const stage = /** @type {{requestPointerLock?: (options?: object) => Promise<void>|void}} */ (/** @type {unknown} */ (this.#stage));
    if (typeof stage.requestPointerLock !== "function") return false;
    try {
      // Without the acceleration that this machine adds: the host's programs add their own.
      await stage.requestPointerLock({ unadjustedMovement: true });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "NotSupportedError") return false;
      try {
        await stage.requestPointerLock();
      } catch {
        return false;
      }
    }
    return true;
  }

  leave() {
    if (this.isLocked) document.exitPointerLock();
  }

  #changed() {
    if (this.#wasLocked === this.isLocked) return;
    this.#wasLocked = this.isLocked;
    this.dispatchEvent(new Event("change"));
  }
}
