// @ts-check
// The fast colour conversion: colour-simd.wasm where the browser has WebAssembly SIMD (10× colour.js). Either thread.
// It works in bands of a few rows, so its memory is small. It never touches a canvas, and is simply absent until it is loaded.

/** @typedef {import("./colour.js").Planes} Planes */
/** @typedef {import("../wire.js").Region} Region */
/** @typedef {(y: number, u: number, v: number, out: number, stride: number, left: number, top: number, bottom: number, steps: number) => void} Convert */

const STEP_PX = 16;
const PAGE_BYTES = 65_536;
const PIXEL_BYTES = 4;
// Planes and pixels of so many pixels stay in a CPU's cache on their way from one memory to the other.
const BAND_PX = 32_768;

/** @type {WebAssembly.Module|null} */
let compiled = null;

/** Starts once, however often it is asked; a browser without SIMD, or a failed download, leaves it absent. */
export const loading = load();

async function load() {
  try {
    const response = await fetch(new URL("colour-simd.wasm", import.meta.url));
    compiled = await WebAssembly.compile(await response.arrayBuffer());
  } catch {
    compiled = null;
  }
}

/** A converter for one picture at a time, or null while there is none. */
export function newSimdConverter() {
  return compiled && new SimdConverter(compiled);
}

export class SimdConverter {
  #memory;
  #convert;

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    const { memory, convert } = new WebAssembly.Instance(module).exports;
    this.#memory = /** @type {WebAssembly.Memory} */ (memory);
    this.#convert = /** @type {Convert} */ (/** @type {unknown} */ (convert));
  }

  /**
   * Writes the RGBA words of a region, row after row. Where the region reaches beyond the planes, the words stay as they are.
   * @param {Planes} planes  sides: a multiple of 16 across, even down
   * @param {Region} region
   * @param {Uint32Array} pixels  of the region, and not larger
   */
  convert(planes, region, pixels) {
    const bottom = Math.min(planes.height, region.y + region.height);
    const rows = Math.max(2, Math.floor(BAND_PX / planes.width) & ~1);
    for (let top = region.y & ~1; top < bottom; top += rows) {
      const end = Math.min(top + rows, (bottom + 1) & ~1);
      this.#copyConverted(this.#band(planes, region, top, end), planes.width, region, { first: top, end: Math.min(end, bottom) }, pixels);
    }
  }

  /**
   * The pixels of some rows, as wide as the planes; only those inside the region are of this picture.
   * @param {Planes} planes
   * @param {Region} region
   * @param {number} top  even
   * @param {number} end  even
   */
  #band({ bytes, width, height }, region, top, end) {
    const lumas = (end - top) * width;
    const memory = this.#memoryOf((lumas * 3) / 2 + lumas * PIXEL_BYTES);
    const chroma = (top * width) / 4;
    const u = width * height;
    memory.set(bytes.subarray(top * width, end * width));
    [u, u + u / 4].forEach((plane, at) =>
      memory.set(bytes.subarray(plane + chroma, plane + chroma + lumas / 4), lumas + (at * lumas) / 4),
    );
    const left = region.x & ~(STEP_PX - 1);
    const steps = Math.ceil((Math.min(width, region.x + region.width) - left) / STEP_PX);
    const out = (lumas * 3) / 2;
    if (steps > 0) this.#convert(0, lumas, (lumas * 5) / 4, out, width, left, 0, end - top, steps);
    return new Uint32Array(memory.buffer, out, lumas);
  }

  /**
   * @param {Uint32Array} band  the pixels of the rows from an even one on
   * @param {number} width  of the band
   * @param {Region} region
   * @param {{first: number, end: number}} rows
   * @param {Uint32Array} pixels
   */
  #copyConverted(band, width, region, rows, pixels) {
    const [first, wide] = [Math.max(rows.first, region.y), Math.min(region.width, width - region.x)];
    if (wide === width && region.width === width)
      return pixels.set(band.subarray((first - rows.first) * width, (rows.end - rows.first) * width), (first - region.y) * width);
    for (let row = first; row < rows.end; row += 1) {
      const from = (row - rows.first) * width + region.x;
      if (wide > 0) pixels.set(band.subarray(from, from + wide), (row - region.y) * region.width);
    }
  }

  /** @param {number} bytes */
  #memoryOf(bytes) {
    const missing = bytes - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
    return new Uint8Array(this.#memory.buffer);
  }
}
