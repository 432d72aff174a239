// @ts-check
// Turns places under a mouse, a finger or a pen into strokes for the host. Main thread. No listeners, no timers: the caller has them.
// Points wait for `flush`, which the caller calls once a frame; so a message holds what one frame brought.

/** @typedef {import("../wire.js").Tool} Tool */
/** @typedef {{x: number, y: number, pressure: number}} Place  shares of the picture, from 0 to 1; pressure 0: not measured */
/** @typedef {Omit<import("../wire.js").Draw, "type"|"track">} Drawn */

export const WHOLE = 65_535;
const MOST_POINTS = 60;
/** A longer stroke goes on as another one, so that each fits into the host's bounds. */
const STROKE_POINTS = 600;
/** Nearer points are left out: a 2000th of the picture. */
const NEAR = WHOLE / 2_000;
/** The host forgets a laser that rests; so its place is sent again. */
const REST_MS = 400;

export class Pen {
  #send;
  #random;
  /** @type {Tool} */ #tool = "laser";
  #stroke = 0;
  #length = 0;
  /** @type {[number, number, number]|null} the last point; null: no stroke is under way */ #last = null;
  /** @type {number[]} */ #waiting = [];
  #sentMs = 0;

  /**
   * @param {(drawn: Drawn) => void} send
   * @param {() => number} [random]  from 0 to 1
   */
  constructor(send, random = Math.random) {
    this.#send = send;
    this.#random = random;
  }

  /** Whether a stroke is under way. */
  get isDrawing() {
    return this.#last !== null;
  }

  /**
   * @param {Tool} tool
   * @param {Place} place
   */
  begin(tool, place) {
    if (this.isDrawing) this.end();
    this.#tool = tool;
    this.#renew();
    this.#add(pointOf(place));
  }

  /** @param {Place} place */
  move(place) {
    if (this.#last === null) return;
    const point = pointOf(place);
    if (Math.hypot(point[0] - this.#last[0], point[1] - this.#last[1]) < NEAR) return;
    if (this.#length >= STROKE_POINTS && this.#tool !== "laser") {
      const joint = this.#last;
      this.#emit(true);
      this.#renew();
      this.#add(joint);
    }
    this.#add(point);
  }

  /** Sends what waits; a laser that rests again and again. @param {number} nowMs */
  flush(nowMs) {
    if (this.#last === null) return;
    if (this.#waiting.length === 0 && this.#tool === "laser" && nowMs - this.#sentMs >= REST_MS) this.#waiting.push(...this.#last);
    if (this.#waiting.length === 0) return;
    this.#sentMs = nowMs;
    this.#emit(false);
  }

  end() {
    if (this.#last === null) return;
    this.#emit(true);
    this.#last = null;
  }

  #renew() {
    this.#stroke = Math.floor(this.#random() * 2 ** 32);
    this.#length = 0;
  }

  /** @param {[number, number, number]} point */
  #add(point) {
    this.#last = point;
    this.#length += 1;
    this.#waiting.push(...point);
    if (this.#waiting.length >= 3 * MOST_POINTS) this.#emit(false);
  }

  /** @param {boolean} end */
  #emit(end) {
    const points = this.#waiting;
    this.#waiting = [];
    this.#send({ stroke: this.#stroke, tool: this.#tool, points, end });
  }
}

/**
 * @param {Place} place
 * @returns {[number, number, number]}
 */
function pointOf({ x, y, pressure }) {
  const part = (/** @type {number} */ share) => Math.round(Math.min(1, Math.max(0, share)) * WHOLE);
  return [part(x), part(y), pressure > 0 ? Math.max(1, part(pressure)) : 0];
}
