// @ts-check
// Mouse, pen and fingers over the picture as input events, and which buttons are down. Pure but for its state: no listeners, no timers.

import { turnedPlace, turnedSize } from "../app/turn.js";
import { HERE } from "./wire.js";

/** @typedef {import("./wire.js").InputEvent} InputEvent */
/** @typedef {{left: number, top: number, width: number, height: number}} Box  of the picture on the page, in CSS pixels */
/** @typedef {{x: number, y: number}} Point */

const NOTCH = 120;
const MOST = 32_767;
const LINE_PX = 16;
// Browsers report a notch of a wheel as 100 to 120 pixels, and a trackpad in smaller steps.
const NOTCH_PX = 100;
const WHOLE = 65_535;
const UNIT = { width: 1, height: 1 };

export class Pointer {
  #size = { width: 1, height: 1 };
  #buttons = 0;
  /** How the picture is turned on the page. @type {import("../app/turn.js").Quarters} */ quarters = 0;
  /** Parts of a pixel that were moved and not sent. */ #moved = { x: 0, y: 0 };
  /** Parts of 1/120 of a notch that were turned and not sent. */ #turned = { x: 0, y: 0 };

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
    const back = /** @type {import("../app/turn.js").Quarters} */ ((4 - this.quarters) % 4);
    const share = turnedPlace(UNIT, back, { x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height });
    return { x: pixel(share.x, this.#size.width), y: pixel(share.y, this.#size.height) };
  }

  /** The share of the picture where a place of it lies. @param {Point} place */
  shareOf({ x, y }) {
    return { x: x / this.#size.width, y: y / this.#size.height };
  }

  /** The nearest place inside the picture. @param {Point} place */
  within({ x, y }) {
    return { x: Math.max(0, Math.min(this.#size.width - 1, x)), y: Math.max(0, Math.min(this.#size.height - 1, y)) };
  }

  get middle() {
    return { x: Math.floor(this.#size.width / 2), y: Math.floor(this.#size.height / 2) };
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
   * @param {Pick<PointerEvent, "clientX"|"clientY"|"pressure"|"tiltX"|"tiltY">} event  of a pen
   * @param {Box} box
   * @returns {InputEvent}
   */
  pen(event, box) {
    const [tilt_x, tilt_y] = [event.tiltX, event.tiltY].map((tilt) => Math.max(-90, Math.min(90, Math.round(tilt || 0))));
    return { kind: "pen", ...this.placeOf(event, box), pressure: Math.round(Math.max(0, Math.min(1, event.pressure || 0)) * WHOLE), tilt_x, tilt_y };
  }

  /**
   * How far a mouse moved that has no place. What is less than a pixel waits for the next one, so that a circle closes.
   * @param {{movementX: number, movementY: number}} event  CSS pixels
   * @param {Box} box
   * @returns {InputEvent|null}
   */
  shift({ movementX, movementY }, box) {
    const by = this.vector({ x: movementX, y: movementY }, box);
    const [dx, dy] = carried(this.#moved, by);
    return dx === 0 && dy === 0 ? null : { kind: "shift", dx, dy };
  }

  /**
   * @param {{button: number, clientX: number, clientY: number}} event
   * @param {boolean} isDown
   * @param {Box} box
   * @returns {InputEvent[]}
   */
  button({ button, clientX, clientY }, isDown, box) {
    return this.buttonAt(button, isDown, this.placeOf({ clientX, clientY }, box));
  }

  /**
   * @param {number} number
   * @param {boolean} isDown
   * @param {Point} [place]  of the picture; default: where the host's pointer is
   * @returns {InputEvent[]}
   */
  buttonAt(number, isDown, { x, y } = { x: HERE, y: HERE }) {
    const bit = 1 << number;
    if (number < 0 || number > 4 || isDown === ((this.#buttons & bit) !== 0)) return [];
    this.#buttons ^= bit;
    return [{ kind: "button", number, is_down: isDown, x, y }];
  }

  /**
   * @param {Pick<WheelEvent, "deltaX"|"deltaY"|"deltaMode"|"clientX"|"clientY">} event
   * @param {Box} box
   * @param {Point} [place]  default: under the event
   * @returns {InputEvent}
   */
  wheel(event, box, place = this.placeOf(event, box)) {
    const px = [1, LINE_PX, 20 * LINE_PX][event.deltaMode] ?? 1;
    const turned = (/** @type {number} */ delta) => {
      const length = Math.abs(delta * px);
      // One notch of a wheel is one notch there, whatever this system calls it.
      const part = event.deltaMode === 0 && length >= NOTCH_PX && length <= NOTCH ? NOTCH : (length * NOTCH) / NOTCH_PX;
      return Math.sign(delta) * Math.min(MOST, Math.round(part));
    };
    return { kind: "wheel", dx: turned(event.deltaX), dy: turned(event.deltaY), ...place };
  }

  /**
   * Fingers drag what is under them: it follows them where a notch scrolls NOTCH_PX of the picture.
   * @param {Point} by  CSS pixels that the fingers moved
   * @param {Box} box
   * @param {Point} place  of the picture
   * @returns {InputEvent[]}
   */
  scroll(by, box, place) {
    const { x, y } = this.vector(by, box);
    const [dx, dy] = carried(this.#turned, { x: (-x * NOTCH) / NOTCH_PX, y: (-y * NOTCH) / NOTCH_PX });
    return dx === 0 && dy === 0 ? [] : [{ kind: "wheel", dx, dy, ...place }];
  }

  /**
   * A way on the page, in pixels of the picture.
   * @param {Point} by  CSS pixels
   * @param {Box} box
   * @returns {Point}
   */
  vector(by, box) {
    const turned = turnedSize(this.#size, this.quarters);
    const x = (by.x * turned.width) / (box.width || 1);
    const y = (by.y * turned.height) / (box.height || 1);
    return [{ x, y }, { x: y, y: -x }, { x: -x, y: -y }, { x: -y, y: x }][this.quarters];
  }

  /** Everything is up: the page lost the pointer. */
  clear() {
    this.#buttons = 0;
    this.#moved = { x: 0, y: 0 };
    this.#turned = { x: 0, y: 0 };
  }
}

/**
 * Whole units of an amount; the rest stays for the next one.
 * @param {Point} rest
 * @param {Point} by
 */
function carried(rest, by) {
  return /** @type {const} */ (["x", "y"]).map((axis) => {
    const total = rest[axis] + by[axis];
    const whole = Math.max(-MOST, Math.min(MOST, Math.round(total)));
    rest[axis] = total - whole;
    return whole + 0; // never -0
  });
}

/**
 * @param {number} share  of the length, from 0 to 1 within the picture
 * @param {number} length  in pixels
 */
function pixel(share, length) {
  return Math.max(0, Math.min(length - 1, Math.floor(share * length)));
}
