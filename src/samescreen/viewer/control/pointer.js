// @ts-check
// Mouse events over the picture as input events, and which buttons are down. Pure but for its state: no listeners, no timers.

/** @typedef {import("./wire.js").InputEvent} InputEvent */
/** @typedef {{left: number, top: number, width: number, height: number}} Box  of the picture on the page, in CSS pixels */

const NOTCH = 120;
const MOST = 32_767;
const LINE_PX = 16;
// Browsers report a notch of a wheel as 100 to 120 pixels, and a trackpad in smaller steps.
const NOTCH_PX = 100;

export class Pointer {
  #size = { width: 1, height: 1 };
  #buttons = 0;

  /** @param {{width: number, height: number}} size  of the picture, in its own pixels */
  resize(size) {
    this.#size = size;
  }

  /** The buttons that are down, as bits. */
  get buttons() {
    return this.#buttons;
  }

  /**
   * @param {{clientX: number, clientY: number}} at
   * @param {Box} box
   */
  placeOf({ clientX, clientY }, box) {
    return {
      x: pixel((clientX - box.left) / box.width, this.#size.width),
      y: pixel((clientY - box.top) / box.height, this.#size.height),
    };
  }

  /**
   * @param {{clientX: number, clientY: number}} event
   * @param {Box} box
   * @returns {InputEvent}
   */
  move(event, box) {
    return { kind: "move", ...this.placeOf(event, box) };
  }

  /**
   * @param {{button: number, clientX: number, clientY: number}} event
   * @param {boolean} isDown
   * @param {Box} box
   * @returns {InputEvent[]}
   */
  button({ button, clientX, clientY }, isDown, box) {
    const bit = 1 << button;
    if (button < 0 || button > 4 || isDown === ((this.#buttons & bit) !== 0)) return [];
    this.#buttons ^= bit;
    return [{ kind: "button", number: button, is_down: isDown, ...this.placeOf({ clientX, clientY }, box) }];
  }

  /**
   * @param {Pick<WheelEvent, "deltaX"|"deltaY"|"deltaMode"|"clientX"|"clientY">} event
   * @param {Box} box
   * @returns {InputEvent}
   */
  wheel(event, box) {
    const px = [1, LINE_PX, 20 * LINE_PX][event.deltaMode] ?? 1;
    const turned = (/** @type {number} */ delta) => {
      const length = Math.abs(delta * px);
      // One notch of a wheel is one notch there, whatever this system calls it.
      const part = event.deltaMode === 0 && length >= NOTCH_PX && length <= NOTCH ? NOTCH : (length * NOTCH) / NOTCH_PX;
      return Math.sign(delta) * Math.min(MOST, Math.round(part));
    };
    return { kind: "wheel", dx: turned(event.deltaX), dy: turned(event.deltaY), ...this.placeOf(event, box) };
  }

  /** Everything is up: the page lost the pointer. */
  clear() {
    this.#buttons = 0;
  }
}

/**
 * @param {number} share  of the length, from 0 to 1 within the picture
 * @param {number} length  in pixels
 */
function pixel(share, length) {
  return Math.max(0, Math.min(length - 1, Math.floor(share * length)));
}
