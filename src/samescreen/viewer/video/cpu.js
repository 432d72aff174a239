// @ts-check
// Paints planes without a GPU: converts inside the damage, straight into the room that the surface gives for it. Either thread.
// Without SIMD it keeps one picture's pixels until the size changes.

import { convertRegion } from "./colour.js";
import { newSimdConverter } from "./simd.js";

/** @typedef {import("./colour.js").Planes} Planes */

export class CpuPlanes {
  /** @type {import("./simd.js").SimdConverter|null} */ #simd = null;
  /** One picture, where there is no SIMD. @type {{pixels: Int32Array, width: number, height: number}} */
  #target = { pixels: new Int32Array(0), width: 0, height: 0 };

  /**
   * @param {import("./surface.js").Surface} surface
   * @param {Planes} planes  no smaller than the picture
   * @param {{width: number, height: number}} size  of the picture
   * @param {import("../wire.js").Region[]} regions
   */
  paint(surface, planes, size, regions) {
    this.#simd ??= planes.width % 16 === 0 ? newSimdConverter() : null;
    const simd = this.#simd;
    if (!simd) return this.#paintSlowly(surface, planes, size, regions);
    for (const region of regions) surface.fill(region, (pixels) => simd.convert(planes, region, pixels));
  }

  /**
   * @param {import("./surface.js").Surface} surface
   * @param {Planes} planes
   * @param {{width: number, height: number}} size
   * @param {import("../wire.js").Region[]} regions
   */
  #paintSlowly(surface, planes, { width, height }, regions) {
    if (this.#target.width !== width || this.#target.height !== height)
      this.#target = { pixels: new Int32Array(width * height), width, height };
    const target = this.#target;
    for (const region of regions) {
      convertRegion(planes, target, region);
      surface.fill(region, (pixels) => {
        for (let row = 0; row < region.height; row += 1) {
          const first = (region.y + row) * width + region.x;
          pixels.set(target.pixels.subarray(first, first + region.width), row * region.width);
        }
      });
    }
  }

  close() {}
}
