// @ts-check
// Paints planes without a GPU: converts inside the damage, then puts those pixels on the canvas. Either thread.
// It keeps one picture's pixels until the size changes.

import { convertRegion } from "./colour.js";
import { newSimdConverter } from "./simd.js";

/** @typedef {import("./colour.js").Planes} Planes */

export class CpuPlanes {
  /** @type {import("./simd.js").SimdConverter|null} */ #simd = null;
  /** @type {ImageData|null} */ #image = null;
  /** @type {Int32Array} the pixels of #image */ #pixels = new Int32Array(0);

  /**
   * @param {import("./surface.js").Surface} surface
   * @param {Planes} planes  no smaller than the picture
   * @param {{width: number, height: number}} size  of the picture
   * @param {import("../wire.js").Region[]} regions
   */
  paint(surface, planes, size, regions) {
    this.#simd ??= planes.width % 16 === 0 ? newSimdConverter() : null;
    if (!this.#simd) return this.#paintSlowly(surface, planes, size, regions);
    for (const region of regions) surface.put(this.#simd.convert(planes, region), region);
  }

  /**
   * @param {import("./surface.js").Surface} surface
   * @param {Planes} planes
   * @param {{width: number, height: number}} size
   * @param {import("../wire.js").Region[]} regions
   */
  #paintSlowly(surface, planes, { width, height }, regions) {
    if (this.#image?.width !== width || this.#image.height !== height) {
      this.#image = new ImageData(width, height);
      this.#pixels = new Int32Array(this.#image.data.buffer);
    }
    const target = { pixels: this.#pixels, width, height };
    for (const region of regions) {
      convertRegion(planes, target, region);
      surface.put(this.#image, region);
    }
  }

  close() {}
}
