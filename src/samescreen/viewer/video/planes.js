// @ts-check
// Paints I420 planes that lie in memory: converts inside the damage, then puts those pixels on the canvas. Either thread.
// It never decodes, and keeps one picture's worth of pixels for as long as the size stays.

import { convertRegion } from "./colour.js";
import { newSimdConverter } from "./simd.js";

/** @typedef {import("./colour.js").Planes} Planes */

export class PlanesPainter {
  /** @type {import("./simd.js").SimdConverter|null} */ #simd = null;
  /** @type {ImageData|null} */ #image = null;
  /** @type {Int32Array} the pixels of #image */ #pixels = new Int32Array(0);

  /**
   * @param {import("./painter.js").Context} context
   * @param {Planes} planes  no smaller than the picture
   * @param {{width: number, height: number}} size  of the picture
   * @param {import("../wire.js").Region[]} regions
   */
  paint(context, planes, size, regions) {
    this.#simd ??= planes.width % 16 === 0 ? newSimdConverter() : null;
    if (!this.#simd) return this.#paintSlowly(context, planes, size, regions);
    for (const region of regions) {
      const image = this.#simd.convert(planes, region);
      context.putImageData(image, 0, 0, region.x, region.y, region.width, region.height);
    }
  }

  /**
   * @param {import("./painter.js").Context} context
   * @param {Planes} planes
   * @param {{width: number, height: number}} size
   * @param {import("../wire.js").Region[]} regions
   */
  #paintSlowly(context, planes, { width, height }, regions) {
    if (this.#image?.width !== width || this.#image.height !== height) {
      this.#image = new ImageData(width, height);
      this.#pixels = new Int32Array(this.#image.data.buffer);
    }
    const target = { pixels: this.#pixels, width, height };
    for (const region of regions) {
      convertRegion(planes, target, region);
      context.putImageData(this.#image, 0, 0, region.x, region.y, region.width, region.height);
    }
  }
}

/** @type {boolean|null} */
let exact = null;

/**
 * True where the browser itself draws a VideoFrame well: on a GPU. Without one, Chromium converts the whole frame whatever the clip,
 * 6 ms for 720p, and its approximation of BT.709 makes pure blue (1, 0, 243). So: draw pure blue and look.
 */
export function drawsFramesWell() {
  exact ??= bluest() >= 250;
  return exact;
}

/** @type {boolean|null} */
let onGpu = null;

/** True where the browser has a real GPU to draw with. */
export function hasGpu() {
  if (onGpu === null) {
    const context = new OffscreenCanvas(1, 1).getContext("webgl", { failIfMajorPerformanceCaveat: true });
    // Firefox sees no caveat in a renderer that runs on the CPU, so its name decides.
    const renderer = context ? String(context.getParameter(context.RENDERER)) : "none";
    onGpu = !/none|llvmpipe|softpipe|swiftshader|software|basic render/i.test(renderer);
    context?.getExtension("WEBGL_lose_context")?.loseContext();
  }
  return onGpu;
}

function bluest() {
  // Smaller canvases stay off the GPU even where there is one.
  const context = new OffscreenCanvas(512, 512).getContext("2d", { alpha: false, desynchronized: true });
  const planes = new Uint8Array(16 * 16 * 1.5).fill(32, 0, 256).fill(240, 256, 320).fill(118, 320);
  const colorSpace = /** @type {const} */ ({ matrix: "bt709", primaries: "bt709", transfer: "bt709", fullRange: false });
  const frame = new VideoFrame(planes, { format: "I420", codedWidth: 16, codedHeight: 16, timestamp: 0, colorSpace });
  try {
    context?.drawImage(frame, 0, 0);
    return context?.getImageData(8, 8, 1, 1).data[2] ?? 255;
  } finally {
    frame.close();
  }
}
