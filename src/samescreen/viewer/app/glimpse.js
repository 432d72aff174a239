// @ts-check
// A first glimpse of the picture on a slow link: the host's sketch as an ordinary image, while the viewer still loads and connects. It lies
// where the picture will be, and goes as soon as there is one, or something to say about it. Main thread.

// One round trip and the host's work. What took less needs no glimpse: the picture itself is there as soon.
const SLOW_MS = 40;

/** Whether the host took long to answer the request for this page. */
export function isSlow(entries = performance.getEntriesByType("navigation")) {
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (entries);
  return navigation !== undefined && navigation.responseStart - navigation.requestStart > SLOW_MS;
}

export class Glimpse {
  /** @type {HTMLImageElement|null} */ #image = null;
  #isOver = false;

  /**
   * Asks for it. Resolves when it is on its way, or will not come: what is asked for then travels behind it.
   * @param {string} stream  as in a hello; "": the host's first
   */
  async show(stream) {
    const response = await fetch(`sketch.jpg?stream=${encodeURIComponent(stream)}`).catch(() => null);
    if (response?.status === 200) void this.#place(response);
  }

  /** There is a picture, or something to say about it. No glimpse comes later. */
  end() {
    this.#isOver = true;
    this.#image?.remove();
    this.#image = null;
  }

  /** @param {Response} response */
  async #place(response) {
    const file = await response.blob().catch(() => null);
    const stage = document.getElementById("stage");
    if (this.#isOver || !stage || !file) return;
    const image = document.createElement("img");
    image.id = "glimpse";
    image.alt = "";
    image.onload = () => {
      URL.revokeObjectURL(image.src);
      document.documentElement.dataset.glimpseMs = String(Math.round(performance.now()));
    };
    image.src = URL.createObjectURL(file);
    this.#image = image;
    stage.prepend(image);
  }
}
