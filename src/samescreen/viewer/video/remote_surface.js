// @ts-check
// A canvas of the other thread: pictures are decoded and converted in the worker, and put on the canvas by the page.
//
// A worker can own the canvas (OffscreenCanvas), but Chromium shows what it paints at the browser's next frame only: 8 ms later on
// average than what the page itself paints. RemoteSurface is the worker's end, `servePainting` the page's. Pixels travel by transfer. One batch
// is under way at a time, so a page that is busy gets the newest picture when it has time, and nothing piles up.

/** @typedef {import("../wire.js").Region} Region */
/** @typedef {import("./surface.js").Size} Size */
/** @typedef {import("./surface.js").Source} Source */
/** @typedef {import("./film.js").FilmNews} FilmNews */

/**
 * One operation on the canvas.
 * @typedef {{kind: "size", size: Size}
 *   | {kind: "pixels", bytes: ArrayBuffer, region: Region}
 *   | {kind: "film", step: import("./film.js").FilmStep}
 *   | {kind: "image", image: VideoFrame|ImageBitmap, from: Size, to: Region, regions: Region[]}} DrawOp
 */

/** @typedef {{bytes: ArrayBuffer[], shownUs: number} | {film: FilmNews} | "blank"} Painted  bytes: buffers that the worker may use again */

const SPARE_BUFFERS = 2;
const PIXEL_BYTES = 4;

/** @typedef {import("./surface.js").Surface} Surface */

/** @implements {Surface} */
export class RemoteSurface {
  #port;
  /** @type {DrawOp[]} */ #ops = [];
  #underWay = 0;
  /** @type {ArrayBuffer[]} */ #spare = [];
  width = 1;
  height = 1;
  shownUs = 0;
  onReady = () => {};
  onBlank = () => {};
  /** @type {import("./film.js").FilmScreen} */ film = {
    sendFilm: (step) => void this.#ops.push({ kind: "film", step }),
    flush: () => this.flush(),
    onFilm: () => {},
  };

  /** @param {MessagePort} port  its other end is given to `servePainting` */
  constructor(port) {
    this.#port = port;
    port.onmessage = ({ data }) => this.#painted(data);
  }

  get isReady() {
    return this.#underWay === 0;
  }

  /** @param {Size} size */
  resize({ width, height }) {
    this.width = width;
    this.height = height;
    this.#ops.push({ kind: "size", size: { width, height } });
  }

  /**
   * @param {Region} region
   * @param {(pixels: Uint32Array) => void} write
   */
  fill(region, write) {
    const bytes = this.#buffer(region.width * region.height * PIXEL_BYTES);
    write(new Uint32Array(bytes));
    this.#ops.push({ kind: "pixels", bytes, region });
  }

  /**
   * @param {Source} source
   * @param {Size} from
   * @param {Region} to
   * @param {Region[]} regions
   */
  draw(source, from, to, regions) {
    if ("displayWidth" in source) this.#ops.push({ kind: "image", image: source.clone(), from, to, regions });
    else this.#ops.push({ kind: "image", image: copyOf(source, from), from, to, regions });
  }

  flush() {
    if (this.#ops.length === 0) return;
    const ops = this.#ops;
    this.#ops = [];
    this.#port.postMessage(ops, ops.flatMap(transferablesOf));
    this.#underWay += 1;
  }

  close() {
    this.#port.close();
  }

  /** @param {Painted} painted */
  #painted(painted) {
    if (painted === "blank") return this.onBlank();
    if ("film" in painted) return this.film.onFilm(painted.film);
    this.#spare = [...painted.bytes, ...this.#spare].slice(0, SPARE_BUFFERS);
    this.shownUs = painted.shownUs;
    this.#underWay -= 1;
    if (this.isReady) this.onReady();
  }

  /** @param {number} size */
  #buffer(size) {
    const found = this.#spare.findIndex(({ byteLength }) => byteLength === size);
    return found < 0 ? new ArrayBuffer(size) : this.#spare.splice(found, 1)[0];
  }
}

/**
 * @param {DrawOp} op
 * @returns {Transferable[]}
 */
function transferablesOf(op) {
  if (op.kind === "pixels") return [op.bytes];
  return op.kind === "image" ? [op.image] : [];
}

/**
 * The page's end: paints on its canvas what comes from the worker.
 * @param {MessagePort} port
 * @param {import("./surface.js").CanvasSurface} surface
 * @param {import("./film_element.js").FilmElement|null} [film]  over that canvas
 */
export function servePainting(port, surface, film = null) {
  surface.onBlank = () => port.postMessage("blank");
  film?.attach((news, transfer = []) => port.postMessage({ film: news }, transfer));
  port.onmessage = ({ data }) => {
    const startMs = performance.now();
    const ops = /** @type {DrawOp[]} */ (data);
    for (const op of ops) {
      if (op.kind !== "film") APPLY[op.kind](surface, /** @type {any} */ (op));
      else if (film) film.follow(op.step);
      else if (op.step.act === "open") port.postMessage({ film: { is: "failed" } });
    }
    const bytes = ops.flatMap((op) => (op.kind === "pixels" ? [op.bytes] : []));
    port.postMessage({ bytes, shownUs: Math.round((performance.now() - startMs) * 1000) }, bytes);
  };
}

/** @type {{[Kind in Exclude<DrawOp["kind"], "film">]: (surface: import("./surface.js").CanvasSurface, op: Extract<DrawOp, {kind: Kind}>) => void}} */
const APPLY = {
  size: (surface, { size }) => surface.resize(size),
  pixels: (surface, { bytes, region: { x, y, width, height } }) =>
    surface.put(new ImageData(new Uint8ClampedArray(bytes), width, height), x, y),
  image: (surface, { image, from, to, regions }) => {
    surface.draw(image, from, to, regions);
    image.close();
  },
};

/**
 * A copy to transfer, because the owner of the source may use it again.
 * @param {ImageBitmap|OffscreenCanvas} source
 * @param {Size} size
 */
function copyOf(source, { width, height }) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("this browser gives no 2D canvas");
  context.drawImage(source, 0, 0);
  return canvas.transferToImageBitmap();
}
