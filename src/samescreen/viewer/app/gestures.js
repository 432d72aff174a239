// @ts-check
// Turns fingers, mouse and wheel on the stage into pan, zoom and toggle. Main thread. It moves nothing itself.
// Only pointer events, with `touch-action: none`: so the browser neither scrolls, bounces nor zooms the page meanwhile.

/** @typedef {import("./zoom.js").Point} Point */

/**
 * Lengths are CSS pixels, points are on the stage.
 * @typedef {object} Moves
 * @property {(by: Point) => void} pan
 * @property {(factor: number, from: Point, to: Point) => void} pinch  two fingers move apart or closer, and the point between them
 * @property {() => void} settle  the last finger of a pinch was lifted
 * @property {(factor: number, around: Point) => void} step  a notch of the wheel, or a little of a trackpad
 * @property {(at: Point) => void} toggle  double tap, double click
 */

// A resting finger moves this far. A finger that moves further pans.
const SLOP_PX = 8;
const TAP_MS = 300;
const DOUBLE_TAP_MS = 350;
const DOUBLE_TAP_PX = 40;
// One notch is 100 to 120: a fifth larger. A trackpad's pinch comes as many small ones.
const ZOOM_PER_WHEEL_PX = 0.0018;
const LINE_PX = 16;

export class Gestures {
  #stage;
  #moves;
  /** @type {Map<number, Point>} by pointer */ #down = new Map();
  /** @type {{at: Point, sinceMs: number}|null} one finger that has not moved */ #press = null;
  /** @type {{at: Point, atMs: number}|null} */ #tap = null;
  #pinched = false;

  /**
   * @param {HTMLElement} stage
   * @param {Moves} moves
   */
  constructor(stage, moves) {
    this.#stage = stage;
    this.#moves = moves;
    stage.addEventListener("pointerdown", (event) => this.#pressed(event));
    stage.addEventListener("pointermove", (event) => this.#moved(event));
    stage.addEventListener("pointerup", (event) => this.#lifted(event));
    // After pointerup, and when the system takes the pointer away: a second delete does nothing.
    stage.addEventListener("lostpointercapture", (event) => this.#gone(event.pointerId));
    stage.addEventListener("wheel", (event) => this.#turned(event), { passive: false });
    // Safari's own pinch, which would zoom the page.
    stage.addEventListener("gesturestart", (event) => event.preventDefault());
  }

  /** @param {PointerEvent} event */
  #pressed(event) {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    this.#stage.setPointerCapture(event.pointerId);
    const at = this.#pointOf(event);
    this.#press = this.#down.size === 0 ? { at, sinceMs: event.timeStamp } : null;
    this.#down.set(event.pointerId, at);
  }

  /** @param {PointerEvent} event */
  #moved(event) {
    if (!this.#down.has(event.pointerId)) return;
    const at = this.#pointOf(event);
    if (this.#press && distance(this.#press.at, at) < SLOP_PX) return;
    this.#press = null;
    const before = gripOf(this.#down);
    this.#down.set(event.pointerId, at);
    const after = gripOf(this.#down);
    this.#stage.classList.add("panning");
    if (before.spread > 0 && after.spread > 0) {
      this.#pinched = true;
      this.#moves.pinch(after.spread / before.spread, before.middle, after.middle);
    } else this.#moves.pan({ x: after.middle.x - before.middle.x, y: after.middle.y - before.middle.y });
  }

  /** @param {PointerEvent} event */
  #lifted(event) {
    const press = this.#press;
    this.#gone(event.pointerId);
    if (!press || event.timeStamp - press.sinceMs > TAP_MS) {
      this.#tap = null;
      return;
    }
    const last = this.#tap;
    const isSecond =
      last !== null && event.timeStamp - last.atMs < DOUBLE_TAP_MS && distance(last.at, press.at) < DOUBLE_TAP_PX;
    this.#tap = isSecond ? null : { at: press.at, atMs: event.timeStamp };
    if (isSecond) this.#moves.toggle(press.at);
  }

  /** @param {number} pointer */
  #gone(pointer) {
    if (!this.#down.delete(pointer) || this.#down.size > 0) return;
    this.#press = null;
    this.#stage.classList.remove("panning");
    if (this.#pinched) this.#moves.settle();
    this.#pinched = false;
  }

  /** @param {WheelEvent} event */
  #turned(event) {
    event.preventDefault();
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE_PX;
    if (event.ctrlKey || event.metaKey)
      this.#moves.step(Math.exp(-event.deltaY * unit * ZOOM_PER_WHEEL_PX), this.#pointOf(event));
    else this.#moves.pan({ x: -event.deltaX * unit, y: -event.deltaY * unit });
  }

  /**
   * @param {MouseEvent} event
   * @returns {Point}
   */
  #pointOf({ clientX, clientY }) {
    const { left, top } = this.#stage.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }
}

/**
 * The midpoint of all fingers, and their mean distance from it.
 * @param {Map<number, Point>} down  not empty
 */
export function gripOf(down) {
  const points = [...down.values()];
  const middle = {
    x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
    y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
  };
  return { middle, spread: points.reduce((sum, point) => sum + distance(point, middle), 0) / points.length };
}

/**
 * @param {Point} one
 * @param {Point} other
 */
function distance(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
