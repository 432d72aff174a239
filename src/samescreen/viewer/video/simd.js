// @ts-check
// The fast colour conversion: colour-simd.wasm where the browser has WebAssembly SIMD (10× colour.js). Either thread.
// It never touches a canvas, and is simply absent until it is loaded.

/** @typedef {import("./colour.js").Planes} Planes */
/** @typedef {(y: number, u: number, v: number, out: number, stride: number, left: number, top: number, bottom: number, steps: number) => void} Convert */

const STEP_PX = 16;
const PAGE_BYTES = 65_536;

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
  /** The pixels of the picture: as wide as its planes. @type {ImageData|null} */ #image = null;

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    const { memory, convert } = new WebAssembly.Instance(module).exports;
    this.#memory = /** @type {WebAssembly.Memory} */ (memory);
    this.#convert = /** @type {Convert} */ (/** @type {unknown} */ (convert));
  }

  /**
   * The pixels of a region of a picture, grown to 16 pixels across and 2 down.
   * @param {Planes} planes  sides: a multiple of 16 across, even down
   * @param {import("../wire.js").Region} region
   * @returns {ImageData} of the planes' size; only the region is of this picture
   */
  convert(planes, region) {
    const image = this.#imageFor(planes);
    const { width, height } = planes;
    const left = region.x & ~(STEP_PX - 1);
    const right = Math.min(width, region.x + region.width);
    const top = region.y & ~1;
    const bottom = Math.min(height, (region.y + region.height + 1) & ~1);
    if (right <= left || bottom <= top) return image;
    const u = width * height;
    const v = u + u / 4;
    this.#copyRows(planes, top, bottom);
    this.#convert(0, u, v, (u * 3) / 2, width, left, top, bottom, Math.ceil((right - left) / STEP_PX));
    return image;
  }

  /**
   * @param {Planes} planes
   * @param {number} top  even
   * @param {number} bottom  even
   */
  #copyRows({ bytes, width, height }, top, bottom) {
    const memory = new Uint8Array(this.#memory.buffer);
    const u = width * height;
    const half = width / 2;
    memory.set(bytes.subarray(top * width, bottom * width), top * width);
    for (const plane of [u, u + u / 4]) {
      const first = plane + (top / 2) * half;
      memory.set(bytes.subarray(first, plane + (bottom / 2) * half), first);
    }
  }

  /** @param {Planes} planes */
  #imageFor({ width, height }) {
    if (this.#image?.width === width && this.#image.height === height) return this.#image;
    const planesBytes = (width * height * 3) / 2;
    const needed = planesBytes + width * height * 4;
    const missing = needed - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
    const pixels = new Uint8ClampedArray(this.#memory.buffer, planesBytes, width * height * 4);
    this.#image = new ImageData(pixels, width, height);
    return this.#image;
  }
}
