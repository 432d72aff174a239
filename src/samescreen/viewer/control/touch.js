// @ts-check
// What fingers on the picture mean, as a mouse and as the page's own zoom. Pure but for its state: no listeners; the caller has the clock,
// and calls `hold` when `dueMs` is there. In direct mode the pointer goes where a finger is, in trackpad mode a finger pushes it.
// Tap: click. Tap twice: double click. Rest, then lift: right click; rest, then move: drag. Two fingers: right click, scroll or zoom.
// Three: middle click.

import { gripOf } from "../app/gestures.js";

/** @typedef {import("../app/gestures.js").Point} Point */

/**
 * Points and ways are CSS pixels of the page.
 * @typedef {object} TouchActs
 * @property {(at: Point) => void} go  the pointer goes there
 * @property {(by: Point) => void} push  the pointer moves by that
 * @property {(button: number, isDown: boolean) => void} button  where the pointer is
 * @property {(by: Point, at: Point) => void} scroll
 * @property {() => boolean} canPan  the picture is larger than its room
 * @property {(by: Point) => void} pan
 * @property {(factor: number, from: Point, to: Point) => void} pinch
 * @property {() => void} settle
 * @property {() => void} onHold  the finger has rested: it may be lifted, or drag
 */

export const HOLD_MS = 500;
export const TAP_MS = 300;
/** A second tap so soon and so near is the second click of two, at the place of the first one. */
export const AGAIN_MS = 350;
export const AGAIN_PX = 40;
/** A resting finger moves this far. */
export const SLOP_PX = 8;
/** One of two fingers has moved so far that the other one rests. */
const ALONE_PX = 24;
const [LEFT, MIDDLE, RIGHT] = [0, 1, 2];

/** @typedef {"none"|"press"|"again"|"held"|"move"|"drag"|"several"|"scroll"|"pinch"|"spent"} Phase */

export class Touch {
  #acts;
  /** @type {Map<number, Point>} by pointer */ #down = new Map();
  /** @type {Phase} */ #phase = "none";
  #start = { at: { x: 0, y: 0 }, ms: 0 };
  /** The fingers of "several", at most. */ #most = 0;
  /** Where they were when there were so many. */ #grip = gripOf(new Map([[0, { x: 0, y: 0 }]]));
  /** Those that have moved since. @type {Set<number>} */ #moved = new Set();
  /** @type {{at: Point, ms: number}|null} */ #tap = null;
  /** A finger pushes the pointer, as on a trackpad. */ isTrackpad = false;

  /** @param {TouchActs} acts */
  constructor(acts) {
    this.#acts = acts;
  }

  /** When to call `hold`; null: not at all. */
  get dueMs() {
    return this.#phase === "press" ? this.#start.ms + HOLD_MS : null;
  }

  /**
   * @param {number} id
   * @param {Point} at
   * @param {number} nowMs
   */
  press(id, at, nowMs) {
    this.cancel(id); // if the browser never said that it was lifted
    this.#down.set(id, at);
    if (this.#down.size === 1) return this.#begin(at, nowMs);
    if (this.#phase === "drag") return; // a second finger does not end it
    if (this.#phase === "again") this.#acts.button(LEFT, false);
    const canJoin = ["press", "move", "several", "again"].includes(this.#phase);
    this.#set(canJoin ? "several" : this.#phase === "pinch" || this.#phase === "scroll" ? this.#phase : "spent");
    this.#most = Math.max(this.#most, this.#down.size);
    this.#grip = gripOf(this.#down);
    this.#moved.clear();
  }

  /**
   * @param {number} id
   * @param {Point} at
   */
  move(id, at) {
    const from = this.#down.get(id);
    if (!from) return;
    if (["press", "held", "again"].includes(this.#phase)) {
      if (distance(from, at) < SLOP_PX) return;
      this.#leave();
    }
    const before = gripOf(this.#down);
    this.#down.set(id, at);
    const after = gripOf(this.#down);
    const by = { x: after.middle.x - before.middle.x, y: after.middle.y - before.middle.y };
    this.#moved.add(id);
    if (this.#phase === "several") this.#decide();
    else if (this.#phase === "scroll") this.#acts.scroll(by, this.#start.at);
    else if (this.#phase === "pinch" && before.spread > 0) this.#acts.pinch(after.spread / before.spread, before.middle, after.middle);
    else if (this.#phase === "move" || this.#phase === "drag") this.#follow(at, { x: at.x - from.x, y: at.y - from.y });
  }

  /**
   * @param {number} id
   * @param {number} nowMs
   */
  lift(id, nowMs) {
    if (!this.#down.delete(id)) return;
    const phase = this.#phase;
    if (phase === "press") this.#click(LEFT, nowMs);
    else if (phase === "held") this.#click(RIGHT, nowMs);
    else if (phase === "again" || phase === "drag") this.#release(phase, nowMs);
    else if (phase === "several" && this.#down.size > 0) return; // the others are lifted in a moment
    else if (phase === "several" && nowMs - this.#start.ms <= TAP_MS) this.#click(this.#most === 2 ? RIGHT : MIDDLE, nowMs);
    this.#end();
  }

  /** The system took the finger away: nothing is clicked. @param {number} id */
  cancel(id) {
    if (!this.#down.delete(id)) return;
    if (this.#phase === "again" || this.#phase === "drag") this.#acts.button(LEFT, false);
    this.#tap = null;
    this.#end();
  }

  /** The finger may have rested long enough. @param {number} nowMs */
  hold(nowMs) {
    if (this.dueMs === null || nowMs < this.dueMs) return;
    this.#set("held");
    if (!this.isTrackpad) this.#acts.go(this.#start.at); // so that the person sees that it counts
    this.#acts.onHold();
  }

  /** Everything is let go; the caller lifts the buttons. */
  clear() {
    this.#down.clear();
    this.#tap = null;
    this.#set("none");
  }

  /**
   * @param {Point} at
   * @param {number} nowMs
   */
  #begin(at, nowMs) {
    const tap = this.#tap;
    const isAgain = tap !== null && nowMs - tap.ms < AGAIN_MS && (this.isTrackpad || distance(tap.at, at) < AGAIN_PX);
    this.#start = { at: isAgain ? tap.at : at, ms: nowMs };
    this.#most = 1;
    this.#set(isAgain ? "again" : "press");
    if (isAgain) this.#acts.button(LEFT, true); // the pointer is where the first click was
  }

  /** One finger has left its place. */
  #leave() {
    if (this.#phase === "held") this.#acts.button(LEFT, true);
    this.#set(this.#phase === "press" ? "move" : "drag");
    this.#tap = null;
  }

  /**
   * @param {Point} at
   * @param {Point} by
   */
  #follow(at, by) {
    if (this.isTrackpad) this.#acts.push(by);
    else if (this.#phase === "move" && this.#acts.canPan()) this.#acts.pan(by);
    else this.#acts.go(at);
  }

  /** Two fingers: zoom if their distance changes, scroll if only their middle does. The browser reports one finger after the other. */
  #decide() {
    if (this.#down.size < this.#most) return; // one of them is lifted already
    const now = gripOf(this.#down);
    const apart = Math.abs(now.spread - this.#grip.spread);
    const away = distance(now.middle, this.#grip.middle);
    if (Math.max(apart, away) < (this.#moved.size < this.#most ? ALONE_PX : SLOP_PX)) return;
    const { middle, spread } = this.#grip;
    this.#set(apart > away / 2 ? "pinch" : "scroll");
    if (this.#phase === "pinch") this.#acts.pinch(now.spread / spread, middle, now.middle);
    else this.#acts.scroll({ x: now.middle.x - middle.x, y: now.middle.y - middle.y }, this.#start.at);
  }

  /**
   * @param {number} button
   * @param {number} nowMs
   */
  #click(button, nowMs) {
    if (!this.isTrackpad) this.#acts.go(this.#start.at);
    this.#acts.button(button, true);
    this.#acts.button(button, false);
    this.#tap = button === LEFT ? { at: this.#start.at, ms: nowMs } : null;
  }

  /**
   * @param {Phase} phase
   * @param {number} nowMs
   */
  #release(phase, nowMs) {
    this.#acts.button(LEFT, false);
    this.#tap = phase === "again" ? { at: this.#start.at, ms: nowMs } : null;
  }

  #end() {
    if (this.#phase === "pinch") this.#acts.settle();
    this.#set(this.#down.size === 0 ? "none" : "spent");
  }

  /** @param {Phase} phase */
  #set(phase) {
    this.#phase = phase;
  }
}

/**
 * @param {Point} one
 * @param {Point} other
 */
function distance(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
