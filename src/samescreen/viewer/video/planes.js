// @ts-check
// Paints I420 planes that lie in memory, by WebGL where there is a GPU, else on the CPU. Either thread.
// It never decodes. A way that fails is not tried again, and the picture at hand takes the next one.

import { CpuPlanes } from "./cpu.js";
import { hasGpu } from "./gpu.js";
import { WebglPlanes } from "./webgl.js";

/** @typedef {import("./colour.js").Planes} Planes */
/** @typedef {"webgl"|"cpu"} Paint */

/**
 * What every way of painting planes is. `paint` throws where it cannot paint any more.
 * @typedef {object} Brush
 * @property {(surface: import("./surface.js").Surface, planes: Planes, size: {width: number, height: number},
 *   regions: import("../wire.js").Region[]) => void} paint  planes: no smaller than the picture, whose size is given
 * @property {() => void} close
 */

/**
 * @typedef {object} Way
 * @property {Paint} key
 * @property {() => boolean} isPossible
 * @property {() => boolean} isWorthwhile  may be chosen although nobody asked for it
 * @property {(onLost: (error: Error) => void) => Brush} build  onLost: its last pictures may be missing
 */

/** @type {Way[]} best first */
export const WAYS = [
  {
    key: "webgl",
    isPossible: () => "OffscreenCanvas" in globalThis && "WebGL2RenderingContext" in globalThis,
    isWorthwhile: hasGpu,
    build: (onLost) => new WebglPlanes(onLost),
  },
  { key: "cpu", isPossible: () => true, isWorthwhile: () => true, build: () => new CpuPlanes() },
];

export class PlanesPainter {
  #ways;
  #wanted;
  #onLost;
  #wasLost = false;
  #isUsed = false;
  /** @type {{key: Paint, brush: Brush}|null} */ #current = null;

  /**
   * @param {Paint|null} wanted  this way if it is possible at all; null: the best that is worthwhile here
   * @param {() => void} onLost  the way failed: what the canvas shows may not be right
   * @param {Way[]} [ways]
   */
  constructor(wanted, onLost, ways = WAYS) {
    this.#wanted = wanted;
    this.#onLost = onLost;
    this.#ways = ways.slice(
      Math.max(
        0,
        ways.findIndex(({ key }) => key === wanted),
      ),
    );
  }

  /** The way pictures take now, "lost" once one failed; null: none was painted since `pause()`. */
  get way() {
    if (!this.#isUsed || !this.#current) return null;
    return this.#wasLost ? "lost" : this.#current.key;
  }

  /**
   * @param {import("./surface.js").Surface} surface
   * @param {Planes} planes  no smaller than the picture
   * @param {{width: number, height: number}} size  of the picture
   * @param {import("../wire.js").Region[]} regions
   */
  paint(surface, planes, size, regions) {
    this.#isUsed = true;
    this.#current ??= this.#next();
    try {
      this.#current.brush.paint(surface, planes, size, regions);
    } catch (error) {
      this.#leave(/** @type {Error} */ (error));
      this.paint(surface, planes, size, regions);
    }
  }

  /** The pictures that follow may need no planes painted. */
  pause() {
    this.#isUsed = false;
  }

  close() {
    this.#current?.brush.close();
    this.#current = null;
  }

  /** @returns {{key: Paint, brush: Brush}} */
  #next() {
    const way = this.#ways.find((way) => way.isPossible() && (way.key === this.#wanted || way.isWorthwhile()));
    if (!way) throw new Error("no way left to paint");
    this.#ways = this.#ways.slice(this.#ways.indexOf(way));
    try {
      const brush = way.build((error) => {
        if (this.#current?.brush === brush) this.#leave(error);
      });
      return { key: way.key, brush };
    } catch (error) {
      // It never painted, so nothing was lost with it.
      this.#drop(/** @type {Error} */ (error));
      return this.#next();
    }
  }

  /** @param {Error} error */
  #leave(error) {
    this.#drop(error);
    this.#wasLost = true;
    this.#onLost();
  }

  /** @param {Error} error */
  #drop(error) {
    if (this.#ways.length <= 1) throw error;
    console.warn(`samescreen: ${this.#ways[0].key} cannot paint here:`, error.message);
    this.close();
    this.#ways = this.#ways.slice(1);
  }
}
