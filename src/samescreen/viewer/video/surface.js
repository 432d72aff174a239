// @ts-check
// What pictures are painted on, and its implementation on a canvas. The thread that owns the canvas.

/** @typedef {import("../wire.js").Region} Region */
/** @typedef {VideoFrame|ImageBitmap|OffscreenCanvas} Source */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {CanvasRenderingContext2D|OffscreenCanvasRenderingContext2D} Context */

/**
 * @typedef {object} Surface
 * @property {number} width
 * @property {number} height
 * @property {boolean} isReady  another picture may be painted; if not, `onReady` is called when it may
 * @property {number} shownUs  how long the last batch took from here to the canvas; 0 where painting is immediate
 * @property {() => void} onReady
 * @property {() => void} onBlank  the canvas lost what it showed
 * @property {(size: Size) => void} resize  empties it
 * @property {(region: Region, write: (pixels: Uint32Array) => void) => void} fill  `write` gets room for the RGBA words of the region, row after
 *   row, and writes all of them before it returns
 * @property {(source: Source, from: Size, to: Region, regions: Region[]) => void} draw  the left upper part of a source, inside the regions
 * @property {() => void} flush  the end of what belongs together
 * @property {() => void} close
 * @property {import("./film.js").FilmScreen} [film]  a video element can take the canvas's place; missing: none can
 */

/**
 * Whether this browser shows what the page paints on such a canvas without waiting for its next frame. Chromium does, and is quicker
 * when the page paints than when the worker does; Firefox does not, and is much slower then. Main thread.
 */
export function isShownAtOnce() {
  const context = document.createElement("canvas").getContext("2d", { alpha: false, desynchronized: true });
  return context?.getContextAttributes?.().desynchronized === true;
}

/** @implements {Surface} */
export class CanvasSurface {
  #canvas;
  #context;
  #listening = new AbortController();
  /** Room for a region, used again for the next of this size. @type {ImageData|null} */ #room = null;
  isReady = true;
  shownUs = 0;
  onReady = () => {};
  onBlank = () => {};

  /** @param {HTMLCanvasElement|OffscreenCanvas} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    // `desynchronized` lets the browser show the canvas without waiting for the page's own next frame.
    const context = /** @type {Context|null} */ (canvas.getContext("2d", { alpha: false, desynchronized: true }));
    if (!context) throw new Error("this browser gives no 2D canvas");
    this.#context = context;
    // After a crash or reset of the GPU the context comes back empty.
    canvas.addEventListener("contextrestored", () => this.onBlank(), { signal: this.#listening.signal });
  }

  get width() {
    return this.#canvas.width;
  }

  get height() {
    return this.#canvas.height;
  }

  /** @param {Size} size */
  resize({ width, height }) {
    this.#canvas.width = width;
    this.#canvas.height = height;
  }

  /**
   * @param {Region} region
   * @param {(pixels: Uint32Array) => void} write
   */
  fill({ x, y, width, height }, write) {
    if (this.#room?.width !== width || this.#room.height !== height) this.#room = new ImageData(width, height);
    write(new Uint32Array(this.#room.data.buffer));
    this.put(this.#room, x, y);
  }

  /**
   * @param {ImageData} image  of this place only
   * @param {number} x
   * @param {number} y
   */
  put(image, x, y) {
    this.#context.putImageData(image, x, y);
  }

  /**
   * @param {Source} source
   * @param {Size} from
   * @param {Region} to
   * @param {Region[]} regions
   */
  draw(source, from, to, regions) {
    const context = this.#context;
    context.save();
    context.beginPath();
    for (const { x, y, width, height } of regions) context.rect(x, y, width, height);
    context.clip();
    context.drawImage(source, 0, 0, from.width, from.height, to.x, to.y, to.width, to.height);
    context.restore();
  }

  flush() {}

  close() {
    this.#listening.abort();
  }
}
