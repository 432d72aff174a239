// @ts-check
// Says how much room the page has for the picture, while this viewer has control and the host's desktop takes that size. Main thread.

/** A window that is dragged changes its size many times. */
export const SETTLE_MS = 150;
const MOST = 65_535;

/** @typedef {{width: number, height: number}} Size  in CSS pixels */

export class Room {
  #stage;
  #send;
  #observer;
  #isOn = false;
  #isTurned = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;

  /**
   * @param {HTMLElement} stage  what shows the picture
   * @param {(size: Size) => void} send
   */
  constructor(stage, send) {
    this.#stage = stage;
    this.#send = send;
    this.#observer = new ResizeObserver(() => this.#changed(SETTLE_MS));
  }

  /** Whether the host is to know. @param {boolean} isOn */
  set isOn(isOn) {
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    clearTimeout(this.#timer);
    if (isOn) this.#observer.observe(this.#stage);
    else this.#observer.disconnect();
    this.#changed(0);
  }

  /** The picture lies on its side. @param {boolean} isTurned */
  set isTurned(isTurned) {
    if (isTurned === this.#isTurned) return;
    this.#isTurned = isTurned;
    this.#changed(0);
  }

  /** @param {number} waitMs */
  #changed(waitMs) {
    clearTimeout(this.#timer);
    if (this.#isOn) this.#timer = setTimeout(() => this.#say(), waitMs);
  }

  #say() {
    const [width, height] = [this.#stage.clientWidth, this.#stage.clientHeight].map((side) => Math.min(side, MOST));
    if (width > 0 && height > 0) this.#send(this.#isTurned ? { width: height, height: width } : { width, height });
  }
}
