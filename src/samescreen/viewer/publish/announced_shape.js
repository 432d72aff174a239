// @ts-check
// The shape that a page publishes one track in: within the host's bounds, and announced before the first picture of it. Main thread.
// It makes no pictures. Pure: time is an argument.

import { shapeOf } from "./shape.js";

/** @typedef {import("./shape.js").Size} Size */
/** @typedef {{long_side: number, short_side: number}} Bounds */
/** @typedef {{source: Size, shown: Size, crop: Size}} Shape  `source`: the size of the captured frames; the others: see shapeOf */

/** The host takes one new size in two seconds. */
const RESHAPE_MS = 2_200;

export class AnnouncedShape {
  #step;
  #announce;
  /** @type {Bounds|null} */ #bounds = null;
  /** @type {Shape|null} */ #shape = null;
  #sinceMs = -Infinity;

  /**
   * @param {number} step  see shapeOf
   * @param {(shape: Shape) => void} announce  is called when the shape is new
   */
  constructor(step, announce) {
    this.#step = step;
    this.#announce = announce;
  }

  /** The announced shape, or null before the first frame. */
  get shape() {
    return this.#shape;
  }

  /** Whether the host takes pictures. */
  get isGranted() {
    return this.#bounds !== null;
  }

  /** The host takes pictures within these bounds. The next frame announces a shape. @param {Bounds} bounds */
  grant(bounds) {
    this.#bounds = bounds;
    this.#shape = null;
    this.#sinceMs = -Infinity;
  }

  /** The connection is gone. The shape stays until the host grants bounds again. */
  lose() {
    this.#bounds = null;
  }

  /**
   * The announced shape, if frames of this size have it. Announces another one for them, but not too often.
   * @param {VideoFrame} frame
   * @param {number} nowMs
   * @returns {Shape|null}  null: this frame cannot be published
   */
  fit(frame, nowMs) {
    const source = { width: frame.displayWidth, height: frame.displayHeight };
    if (source.width === this.#shape?.source.width && source.height === this.#shape.source.height) return this.#shape;
    if (!this.#bounds || nowMs - this.#sinceMs < RESHAPE_MS) return null;
    this.#sinceMs = nowMs;
    this.#shape = { source, ...shapeOf(source, this.#bounds, this.#step) };
    this.#announce(this.#shape);
    return this.#shape;
  }
}
