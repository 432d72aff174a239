// @ts-check
// Where the picture stands and how large: fitted to the window, or one picture pixel = one screen pixel. Main thread.
// It only styles the canvas; its pixels belong to the receiver.

/** @typedef {"fit"|"actual"} Mode */

export class Fit {
  #stage;
  /** @type {HTMLCanvasElement} */ #canvas;
  /** @type {Mode} */ #mode;
  #width = 0;
  #height = 0;

  /**
   * @param {HTMLElement} stage
   * @param {HTMLCanvasElement} canvas
   * @param {Mode} mode
   */
  constructor(stage, canvas, mode) {
    this.#stage = stage;
    this.#canvas = canvas;
    this.#mode = mode;
    new ResizeObserver(() => this.#place()).observe(stage);
    this.#followZoom();
    this.#panByMouse();
  }

  get mode() {
    return this.#mode;
  }

  /** @param {Mode} mode */
  choose(mode) {
    this.#mode = mode;
    this.#place();
  }

  /** @param {{width: number, height: number}} size  of the picture */
  resize({ width, height }) {
    this.#width = width;
    this.#height = height;
    this.#place();
  }

  /** @param {HTMLCanvasElement} canvas */
  replace(canvas) {
    this.#canvas = canvas;
    this.#place();
  }

  #place() {
    if (this.#width === 0) return;
    const isActual = this.#mode === "actual";
    this.#stage.classList.toggle("actual", isActual);
    const ratio = devicePixelRatio;
    const roomX = this.#stage.clientWidth * ratio;
    const roomY = this.#stage.clientHeight * ratio;
    const scale = isActual ? 1 : Math.min(roomX / this.#width, roomY / this.#height);
    const width = Math.round(this.#width * scale);
    const height = Math.round(this.#height * scale);
    const style = this.#canvas.style;
    style.width = `${width / ratio}px`;
    style.height = `${height / ratio}px`;
    // Whole screen pixels: half of one would blur every letter.
    style.left = `${Math.max(0, Math.floor((roomX - width) / 2)) / ratio}px`;
    style.top = `${Math.max(0, Math.floor((roomY - height) / 2)) / ratio}px`;
    this.#canvas.classList.toggle("crisp", scale >= 2 && Number.isInteger(scale));
  }

  #followZoom() {
    const watch = () => {
      this.#place();
      matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", watch, { once: true });
    };
    watch();
  }

  // Fingers scroll by themselves; a mouse without a wheel for both directions drags.
  #panByMouse() {
    const stage = this.#stage;
    stage.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button !== 0 || this.#mode !== "actual") return;
      stage.setPointerCapture(event.pointerId);
      stage.classList.add("panning");
    });
    stage.addEventListener("pointermove", (event) => {
      if (stage.classList.contains("panning")) stage.scrollBy(-event.movementX, -event.movementY);
    });
    stage.addEventListener("lostpointercapture", () => stage.classList.remove("panning"));
  }
}
