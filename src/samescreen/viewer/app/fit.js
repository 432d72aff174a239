// @ts-check
// Places the picture: fitted to the window, filling it, at 1:1, or as fingers and wheel moved it; turned, and following what changes.
// Main thread. It only styles the canvas; the receiver owns the pixels. zoom.js and turn.js have the geometry, gestures.js reads fingers
// and wheel.

import { Gestures } from "./gestures.js";
import { styleOf, turnedPlace, turnedSize } from "./turn.js";
import { boxOf, canPan, fillScale, fitScale, followed, panned, stopBetween, stopNear, zoomed } from "./zoom.js";

/** @typedef {"fit"|"fill"|"actual"|"free"} Mode */
/** @typedef {import("./zoom.js").Point} Point */
/** @typedef {import("./zoom.js").Scene} Scene */

/** Dispatches "mode" when the mode changes or following begins or ends, and "view" when the picture is placed anew. */
export class Fit extends EventTarget {
  #stage;
  /** @type {HTMLCanvasElement} */ #canvas;
  /** @type {Mode} */ #mode;
  #picture = { width: 0, height: 0 };
  #view = { scale: 1, x: 0, y: 0 };
  /** @type {import("./turn.js").Quarters} */ #quarters = 0;
  #follows = false;
  /** The stage at the time of #view. */ #room = { width: 0, height: 0 };

  /**
   * @param {HTMLElement} stage
   * @param {HTMLCanvasElement} canvas
   * @param {Mode} mode
   */
  constructor(stage, canvas, mode) {
    super();
    this.#stage = stage;
    this.#canvas = canvas;
    this.#mode = mode;
    new ResizeObserver(() => this.#place()).observe(stage);
    this.#followPageZoom();
    new Gestures(stage, this.moves);
  }

  /** What fingers and wheel do with the picture. */
  moves = {
    pan: (/** @type {Point} */ by) => {
      if (by.x !== 0 || by.y !== 0) this.follow(false);
      this.pan(by);
    },
    pinch: (/** @type {number} */ factor, /** @type {Point} */ from, /** @type {Point} */ to) =>
      this.#zoom((_scene, scale) => scale * factor, { around: from, to }),
    settle: () => this.#zoom((scene, scale) => stopNear(scene, scale)),
    step: (/** @type {number} */ factor, /** @type {Point} */ around) => this.step(factor, around),
    toggle: (/** @type {Point} */ at) => this.#toggle(at),
    canPan: () => {
      const scene = this.#scene();
      return scene !== null && canPan(scene, this.#view);
    },
    reveal: (/** @type {Point} */ share) => this.#reveal(share),
  };

  get mode() {
    return this.#mode;
  }

  get isFollowing() {
    return this.#follows;
  }

  /** Screen pixels of one picture pixel. */
  get scale() {
    return this.#view.scale;
  }

  get quarters() {
    return this.#quarters;
  }

  /** Turns the picture by a quarter, clockwise. */
  turn() {
    this.#quarters = /** @type {import("./turn.js").Quarters} */ ((this.#quarters + 1) % 4);
    this.#place();
  }

  /** @param {boolean} follows  what changes stays in view, where the picture is larger than the stage */
  follow(follows) {
    if (follows === this.#follows) return;
    this.#follows = follows;
    const scene = this.#scene();
    // A picture that is in view as a whole has nothing to follow.
    if (follows && scene && !canPan(scene, this.#view)) this.#zoom((room) => Math.max(1, 2 * fitScale(room)));
    this.dispatchEvent(new Event("mode"));
  }

  /** @param {Point} share  of the picture: something changed there */
  see(share) {
    if (this.#follows) this.#reveal(share);
  }

  /** @param {Point} share  of the picture */
  #reveal(share) {
    const scene = this.#scene();
    if (!scene) return;
    const place = { x: share.x * this.#picture.width, y: share.y * this.#picture.height };
    const view = followed(scene, this.#view, turnedPlace(this.#picture, this.#quarters, place));
    if (view.x === this.#view.x && view.y === this.#view.y) return;
    this.#view = view;
    this.#show(scene);
  }

  /** @param {Mode} mode */
  choose(mode) {
    this.#change(mode);
    this.#place();
  }

  /** @param {{width: number, height: number}} size  of the picture */
  resize({ width, height }) {
    this.#picture = { width, height };
    this.#place();
  }

  /** @param {HTMLCanvasElement} canvas */
  replace(canvas) {
    this.#canvas = canvas;
    this.#place();
  }

  /** @param {Point} by  CSS pixels */
  pan(by) {
    const scene = this.#scene();
    if (!scene) return;
    this.#view = panned(scene, this.#view, { x: by.x * scene.ratio, y: by.y * scene.ratio });
    this.#show(scene);
  }

  /**
   * Stops at fit and at 1:1 on the way.
   * @param {number} factor
   * @param {Point} [around]  CSS pixels on the stage; default: its middle
   */
  step(factor, around) {
    this.#zoom((scene, scale) => stopBetween(scene, scale, scale * factor), { around });
  }

  /** @param {Point} at  this place stays under the finger where possible */
  #toggle(at) {
    if (this.#mode === "fit") this.#zoom(() => 1, { around: at, mode: "actual" });
    else this.choose("fit");
  }

  /**
   * @param {(scene: Scene, scale: number) => number} scaleOf
   * @param {{around?: Point, to?: Point, mode?: Mode}} [how]  default: around the middle; the mode that fits the new scale
   */
  #zoom(scaleOf, { around, to, mode } = {}) {
    const scene = this.#scene();
    if (!scene) return;
    const { ratio, room } = scene;
    /** @param {Point} point */
    const inScreenPixels = (point) => ({ x: point.x * ratio, y: point.y * ratio });
    const from = around ? inScreenPixels(around) : { x: room.width / 2, y: room.height / 2 };
    this.#view = zoomed(scene, this.#view, scaleOf(scene, this.#view.scale), from, to && inScreenPixels(to));
    const { scale } = this.#view;
    this.#change(mode ?? (scale === fitScale(scene) ? "fit" : scale === 1 ? "actual" : "free"));
    this.#show(scene);
  }

  /** @param {Mode} mode */
  #change(mode) {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.dispatchEvent(new Event("mode"));
  }

  /** @returns {Scene|null} null: there is no picture yet */
  #scene() {
    if (this.#picture.width === 0) return null;
    const ratio = devicePixelRatio;
    const room = { width: this.#stage.clientWidth * ratio, height: this.#stage.clientHeight * ratio };
    return { picture: turnedSize(this.#picture, this.#quarters), room, ratio };
  }

  /** Call it after a change of picture, window or mode. The middle of the stage keeps showing the same place. */
  #place() {
    const scene = this.#scene();
    if (!scene) return;
    const scale = { fit: fitScale(scene), fill: fillScale(scene), actual: 1, free: this.#view.scale }[this.#mode];
    const before = this.#room.width > 0 ? this.#room : scene.room;
    const { room } = scene;
    const { x, y } = this.#view;
    const moved = { ...this.#view, x: x + (room.width - before.width) / 2, y: y + (room.height - before.height) / 2 };
    this.#room = room;
    this.#view = zoomed(scene, moved, scale, { x: room.width / 2, y: room.height / 2 });
    this.#show(scene);
  }

  /** @param {Scene} scene */
  #show(scene) {
    const { scale } = this.#view;
    Object.assign(this.#canvas.style, styleOf(this.#picture, this.#quarters, boxOf(scene, this.#view), scene.ratio));
    this.#canvas.classList.add("placed");
    this.#canvas.classList.toggle("crisp", scale >= 2 && Number.isInteger(scale));
    this.#stage.classList.toggle("pannable", canPan(scene, this.#view));
    this.dispatchEvent(new Event("view"));
  }

  #followPageZoom() {
    const watch = () => {
      this.#place();
      matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", watch, { once: true });
    };
    watch();
  }
}
