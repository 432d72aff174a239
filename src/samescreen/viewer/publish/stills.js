// @ts-check
// JPEG files of the newest frame: what somebody who comes sees first, and what pages see that decode no video. Main thread.

/** @typedef {import("./shape.js").Size} Size */

const FIRST_QUALITY = 75;
const LEAST_QUALITY = 25;
const MOST_FPS = 8;

/** @typedef {OffscreenCanvas|HTMLCanvasElement} Canvas */

export class Stills {
  #send;
  #newCanvas;
  #mostFps;
  /** @type {Canvas|null} */ #canvas = null;
  #isWanted = false;
  #isMaking = false;
  #limitBytes = 0;
  #quality = FIRST_QUALITY;
  #madeMs = -Infinity;

  /**
   * @param {(payload: Uint8Array, ptsUs: number) => void} send
   * @param {(size: Size) => Canvas} [newCanvas]
   * @param {number} [mostFps]
   */
  constructor(send, newCanvas = canvasOf, mostFps = MOST_FPS) {
    this.#send = send;
    this.#newCanvas = newCanvas;
    this.#mostFps = mostFps;
  }

  /** @param {{isNeeded: boolean, limitBytes: number, quality: number|null}} want  limitBytes 0: no limit */
  want({ isNeeded, limitBytes, quality }) {
    this.#quality = quality ?? FIRST_QUALITY;
    if (!isNeeded) return;
    this.#isWanted = true;
    this.#limitBytes = limitBytes;
  }

  /** Somebody needs one now. */
  get isDue() {
    return this.#isWanted && !this.#isMaking;
  }

  /** Whether one more is due for pages that see nothing but stills. @param {number} fps @param {number} nowMs */
  isNext(fps, nowMs) {
    return !this.#isMaking && nowMs - this.#madeMs >= 1000 / Math.max(0.5, Math.min(fps, this.#mostFps));
  }

  /**
   * Makes one of this frame, which the caller may close at once. Call it when one is due or next.
   * @param {VideoFrame|HTMLVideoElement} frame
   * @param {Size} size
   * @param {number} nowMs
   * @param {number} [ptsUs]
   */
  make(frame, size, nowMs, ptsUs = /** @type {VideoFrame} */ (frame).timestamp) {
    if (this.#canvas?.width !== size.width || this.#canvas.height !== size.height) this.#canvas = this.#newCanvas(size);
    const canvas = this.#canvas;
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    context.drawImage(frame, 0, 0, size.width, size.height);
    this.#isWanted = false;
    this.#isMaking = true;
    this.#madeMs = nowMs;
    void this.#encode(canvas).then((payload) => {
      this.#isMaking = false;
      if (payload) this.#send(payload, ptsUs);
    });
  }

  /** @param {Canvas} canvas @returns {Promise<Uint8Array|null>} */
  async #encode(canvas) {
    const file = (/** @type {number} */ quality) => blobOf(canvas, quality / 100).catch(() => null);
    let blob = await file(this.#quality);
    if (blob && this.#limitBytes > 0 && blob.size > this.#limitBytes) {
      const share = this.#limitBytes / blob.size;
      blob = await file(Math.max(LEAST_QUALITY, this.#quality * share));
    }
    this.#limitBytes = 0;
    return blob && new Uint8Array(await blob.arrayBuffer());
  }
}

/** @param {Size} size @returns {Canvas} */
function canvasOf({ width, height }) {
  if ("OffscreenCanvas" in globalThis) return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement("canvas"), { width, height });
}

/** @param {Canvas} canvas @param {number} quality @returns {Promise<Blob|null>} */
function blobOf(canvas, quality) {
  if ("convertToBlob" in canvas) return canvas.convertToBlob({ type: "image/jpeg", quality });
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}
