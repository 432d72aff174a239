// @ts-check
// Fingers on the picture as the host's mouse: what touch.js makes of them becomes input events, and pan and zoom of the page's picture.
// Main thread. Hands pass the pointer events of fingers here, and send what comes out.

import { Touch } from "./touch.js";

/** @typedef {import("./wire.js").InputEvent} InputEvent */
/** @typedef {import("./touch.js").Point} Point */

/**
 * The page's picture. Points are CSS pixels on the stage.
 * @typedef {object} View
 * @property {() => boolean} canPan  it is larger than the stage
 * @property {(by: Point) => void} pan
 * @property {(factor: number, from: Point, to: Point) => void} pinch
 * @property {() => void} settle
 * @property {(share: Point) => void} reveal  this share of it comes into view
 */

/**
 * @typedef {object} FingerParts
 * @property {import("./pointer.js").Pointer} pointer
 * @property {() => import("./pointer.js").Box} box
 * @property {() => {left: number, top: number}} stage
 * @property {View|undefined} view
 * @property {() => Point|null} cursorAt  the host's cursor, in pixels of the picture; null: it is not known
 * @property {(move: InputEvent) => void} move
 * @property {(events: InputEvent[]) => void} send
 * @property {(isDown: boolean, events: InputEvent[]) => InputEvent[]} withKeys  with the modifiers of the key bar around a press
 */

const BUZZ_MS = 15;

export class Fingers {
  #parts;
  #touch;
  /** Where the pointer is, in parts of a pixel. @type {Point|null} */ #at = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;

  /** @param {FingerParts} parts */
  constructor(parts) {
    this.#parts = parts;
    const { pointer, view } = parts;
    /** @param {Point} point */
    const onStage = ({ x, y }) => ({ x: x - parts.stage().left, y: y - parts.stage().top });
    this.#touch = new Touch({
      go: (at) => this.#go(pointer.placeOf({ clientX: at.x, clientY: at.y }, parts.box())),
      push: (by) => this.#push(by),
      button: (button, isDown) => parts.send(parts.withKeys(isDown, pointer.buttonAt(button, isDown, this.#place()))),
      scroll: (by, at) => parts.send(pointer.scroll(by, parts.box(), this.isTrackpad ? this.#place() : pointer.placeOf({ clientX: at.x, clientY: at.y }, parts.box()))),
      canPan: () => view?.canPan() ?? false,
      pan: (by) => view?.pan(by),
      pinch: (factor, from, to) => view?.pinch(factor, onStage(from), onStage(to)),
      settle: () => view?.settle(),
      onHold: () => navigator.vibrate?.(BUZZ_MS),
    });
  }

  /** A finger pushes the pointer, as on a trackpad; otherwise the pointer goes where the finger is. */
  get isTrackpad() {
    return this.#touch.isTrackpad;
  }

  set isTrackpad(isOn) {
    this.#touch.isTrackpad = isOn;
  }

  /** @param {PointerEvent} event  of a finger: down, move, up or cancel */
  take({ type, pointerId, clientX, clientY, timeStamp }) {
    const at = { x: clientX, y: clientY };
    if (type === "pointerdown") this.#touch.press(pointerId, at, timeStamp);
    else if (type === "pointermove") this.#touch.move(pointerId, at);
    else if (type === "pointerup") this.#touch.lift(pointerId, timeStamp);
    else this.#touch.cancel(pointerId);
    this.#await(timeStamp);
  }

  /** Everything is let go. */
  clear() {
    clearTimeout(this.#timer);
    this.#touch.clear();
  }

  /** @param {number} nowMs */
  #await(nowMs) {
    clearTimeout(this.#timer);
    const dueMs = this.#touch.dueMs;
    if (dueMs !== null) this.#timer = setTimeout(() => this.#touch.hold(dueMs), dueMs - nowMs);
  }

  #place() {
    const { x, y } = (this.#at ??= this.#parts.cursorAt() ?? this.#parts.pointer.middle);
    return { x: Math.floor(x), y: Math.floor(y) };
  }

  /** @param {Point} place */
  #go(place) {
    this.#at = place;
    this.#parts.move({ kind: "move", ...place });
  }

  /** @param {Point} by  CSS pixels */
  #push(by) {
    const { pointer, box, view, move } = this.#parts;
    const way = pointer.vector(by, box());
    const { x, y } = this.#at ?? this.#place();
    this.#at = pointer.within({ x: x + way.x, y: y + way.y });
    move({ kind: "move", ...this.#place() });
    view?.reveal(pointer.shareOf(this.#at));
  }
}
