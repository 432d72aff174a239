// @ts-check
// Draws the host's cursor over a picture that is without it. Main thread. The layer lies exactly over the picture, so places are shares of
// its size: zoom, a turn and the ratio of pixels need no arithmetic here. Whoever has control sees their own browser's cursor instead, with
// the host's image, which follows the hand at once.

import { Pointer } from "../control/pointer.js";

/** @typedef {import("../wire.js").Shape} Shape */
/** @typedef {import("../cursor.js").Drawn} Drawn */
/** @typedef {import("../contract.js").Events} Events */

/** As many as the host keeps, see docs/protocol.md. */
const MOST_SHAPES = 128;
/** The host's cursor is elsewhere than the hand: that far off, for so long. */
const ASTRAY_PX = 8;
const ASTRAY_MS = 200;
const PLACED = /** @type {const} */ (["left", "top", "width", "height", "transform"]);

export class CursorLayer {
  #layer;
  #image;
  /** @type {Map<number, Shape>} */ #shapes = new Map();
  /** @type {Drawn} */ #drawn = { shape: 0, x: 0, y: 0 };
  #size = { width: 1, height: 1 };

  /** @param {HTMLElement} layer  with an image in it */
  constructor(layer) {
    this.#layer = layer;
    this.#image = /** @type {HTMLImageElement} */ (layer.querySelector("img"));
  }

  /** The shape that is drawn now; null: none. */
  get shape() {
    return this.#shapes.get(this.#drawn.shape) ?? null;
  }

  get drawn() {
    return this.#drawn;
  }

  /** Draws what this viewer reports. @param {import("../viewer.js").Viewer} viewer */
  attach(viewer) {
    this.draw({ shape: 0, x: 0, y: 0 });
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ react) =>
      viewer.addEventListener(name, (event) => react(/** @type {CustomEvent} */ (event).detail));
    on("shape", (/** @type {Events["shape"]} */ shape) => this.know(shape));
    on("cursor", (/** @type {Events["cursor"]} */ drawn) => this.draw(drawn));
    on("size", (/** @type {Events["size"]} */ size) => this.resize(size));
  }

  /** @param {Shape} shape  that will be named by its number */
  know(shape) {
    this.#shapes.set(shape.number, shape);
    for (const number of this.#shapes.keys()) if (number <= shape.number - MOST_SHAPES) this.#shapes.delete(number);
  }

  /** @param {Drawn} drawn */
  draw(drawn) {
    const before = this.shape;
    this.#drawn = drawn;
    const shape = this.shape;
    this.#layer.hidden = shape === null;
    if (shape === null) return;
    if (shape !== before) this.#image.src = addressOf(shape);
    this.#place(shape);
  }

  /** @param {{width: number, height: number}} size  of the picture */
  resize(size) {
    this.#size = size;
    if (this.shape) this.#place(this.shape);
  }

  /** Lies where the picture lies. @param {CSSStyleDeclaration} style  of the canvas */
  follow(style) {
    for (const name of PLACED) this.#layer.style[name] = style[name];
  }

  /** Draws the cursor into a copy of the picture. @param {CanvasRenderingContext2D} context */
  drawInto(context) {
    const { shape, image } = { shape: this.shape, image: this.#image };
    if (shape && image.complete) context.drawImage(image, this.#drawn.x - shape.hot_x, this.#drawn.y - shape.hot_y);
  }

  /** @param {Shape} shape */
  #place({ width, height, hot_x: hotX, hot_y: hotY }) {
    const { style } = this.#image;
    const share = (/** @type {number} */ pixels, /** @type {number} */ of) => `${(100 * pixels) / of}%`;
    style.left = share(this.#drawn.x - hotX, this.#size.width);
    style.top = share(this.#drawn.y - hotY, this.#size.height);
    style.width = share(width, this.#size.width);
    style.height = share(height, this.#size.height);
  }
}

/** The cursor of the one who has control: the stage gets the host's image as its own cursor, and the layer shows only where they differ. */
export class HandCursor {
  #stage;
  #canvas;
  #layer;
  #pointer = new Pointer();
  /** @type {{clientX: number, clientY: number}|null} of the mouse; null: a finger or a pen, which have no cursor, or a mouse that is locked in */ #hand = null;
  /** @type {Shape|null} */ #shape = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;

  /**
   * @param {HTMLElement} stage
   * @param {() => HTMLElement} canvas
   * @param {CursorLayer} layer
   */
  constructor(stage, canvas, layer) {
    this.#stage = stage;
    this.#canvas = canvas;
    this.#layer = layer;
    // In the capture phase and first of all: while this person has control, nobody else on the page gets these events.
    for (const name of ["pointermove", "pointerdown"])
      globalThis.addEventListener(name, (event) => this.#moved(/** @type {PointerEvent} */ (event)), { capture: true, passive: true });
  }

  /** @param {{width: number, height: number}} size  of the picture */
  resize(size) {
    this.#pointer.resize(size);
  }

  /** @param {import("./turn.js").Quarters} quarters  how the picture is turned */
  turn(quarters) {
    this.#pointer.quarters = quarters;
  }

  /** The layer was drawn anew. */
  follow() {
    const { shape } = this.#layer;
    if (shape !== this.#shape) this.#stage.style.setProperty("--host-cursor", shape ? cssCursor(shape) : "default");
    this.#shape = shape;
    this.#judge();
  }

  /** @param {PointerEvent} event */
  #moved({ pointerType, clientX, clientY }) {
    const hasPlace = pointerType === "mouse" && !document.pointerLockElement;
    this.#hand = hasPlace ? { clientX, clientY } : null;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#judge();
  }

  #judge() {
    const isNear = this.#hand !== null && this.#isNear(this.#hand);
    if (isNear || this.#hand === null) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#stage.classList.toggle("cursor-astray", !isNear);
    } else {
      this.#timer ??= setTimeout(() => this.#stage.classList.add("cursor-astray"), ASTRAY_MS);
    }
  }

  /** @param {{clientX: number, clientY: number}} hand */
  #isNear(hand) {
    const at = this.#pointer.placeOf(hand, this.#canvas().getBoundingClientRect());
    const { x, y } = this.#layer.drawn;
    return Math.hypot(at.x - x, at.y - y) <= ASTRAY_PX;
  }
}

/** @param {Shape} shape */
function addressOf({ png }) {
  return `data:image/png;base64,${png}`;
}

/** Browsers refuse cursors above 128 pixels: then theirs is shown. @param {Shape} shape */
function cssCursor(shape) {
  return `url("${addressOf(shape)}") ${shape.hot_x} ${shape.hot_y}, default`;
}
