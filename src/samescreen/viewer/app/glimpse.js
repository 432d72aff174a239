// @ts-check
// A first glimpse of the picture, while the viewer still loads and connects: on a slow link the host's sketch, else a
// whole still. It lies where the picture will be, and goes as soon as there is one, or something to say about it. Main thread.

// One round trip and the host's work. A path between the two may be a thin one, on which a whole still would delay the viewer's own picture.
const SLOW_MS = 40;
const FAST_MS = 15;

/** The first picture for a host that took so long to answer the request for this page. @returns {"sketch"|"whole"|null} */
export function firstPicture(entries = performance.getEntriesByType("navigation")) {
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (entries);
  const tookMs = navigation ? navigation.responseStart - navigation.requestStart : NaN;
  return tookMs > SLOW_MS ? "sketch" : tookMs < FAST_MS ? "whole" : null;
}

export class Glimpse {
  /** @type {HTMLCanvasElement|null} */ #canvas = null;
  #isOver = false;
  /** @type {(now?: unknown) => void} */ #show = () => {};
  /** It is, or will be, a whole picture. */ isWhole = false;
  /** Resolves when it is there. @type {Promise<unknown>} */ shown = new Promise((resolve) => (this.#show = resolve));

  /**
   * Asks for a sketch. Resolves when it is on its way, or will not come: what is asked for then travels behind it.
   * @param {string} stream  as in a hello; "": the host's first
   */
  async show(stream) {
    const response = await fetch(`sketch.jpg?stream=${encodeURIComponent(stream)}`).catch(() => null);
    if (response?.status === 200) void this.place(response.blob().catch(() => null), false);
  }

  /** There is a picture, or something to say about it. No glimpse comes later. */
  end() {
    this.#isOver = true;
    this.#canvas?.remove();
    this.#canvas = null;
  }

  /**
   * @param {Promise<Blob|null>} coming  null: it will not come
   * @param {boolean} isWhole  no sketch
   */
  async place(coming, isWhole) {
    this.isWhole = isWhole;
    const file = await coming;
    const stage = await this.#stage();
    if (this.#isOver || !stage || !file) return;
    // Decoded apart from the page, and shown as it is: an <img> would load the file once more, and be drawn once more.
    const picture = await createImageBitmap(file).catch(() => null);
    if (this.#isOver || !picture) return;
    const canvas = document.createElement("canvas");
    canvas.id = "glimpse";
    canvas.ariaHidden = "true";
    canvas.width = picture.width;
    canvas.height = picture.height;
    canvas.getContext("bitmaprenderer")?.transferFromImageBitmap(picture);
    document.documentElement.dataset.glimpseMs = String(Math.round(performance.now()));
    this.#canvas = canvas;
    stage.prepend(canvas);
    this.#show();
  }

  /** The browser may not have read the page so far. */
  async #stage() {
    if (document.readyState === "loading") await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
    return document.getElementById("stage");
  }
}
