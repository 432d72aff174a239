// @ts-check
// The small pictures: a viewer, a name and buttons for each place of the layout but the large one. Main thread. A stream without a place
// has no viewer. A viewer that is not needed any more turns to a stream that is, on the same connection.

import { el, icon, place, write } from "./dom.js";

/** @typedef {import("./layout.js").Place} Place */
/** @typedef {import("./choice.js").Wish} Wish */
/** @typedef {import("../../viewer.js").Viewer} Viewer */
/** @typedef {{name: string, words: string, isTalking: boolean, act: string|null}} Face  `act`: what the host's button says; null: there is none */
/**
 * @typedef {object} TilesAround
 * @property {import("../texts.js").Texts} texts
 * @property {(canvas: HTMLCanvasElement, stream: string, quality: import("../../wire.js").Quality) => Viewer} newViewer
 * @property {(layer: HTMLElement) => {attach: (viewer: Viewer) => void}} newCursor
 * @property {(stream: string, event: MouseEvent) => void} onPick
 * @property {(stream: string) => void} onAct
 */

/** A tile that shows a picture now and then gets one so often, and waits so long for it. */
export const GLANCE_MS = 5_000;
const GLANCE_PATIENCE_MS = 3_000;
/** Browsers open WebSockets one after another, so the first picture of a wall's last tile takes a while. */
const FIRST_PATIENCE_MS = 15_000;
/** What comes within so long after the first picture makes it sharp. */
const SHARPEN_MS = 400;

export class Tiles {
  #around;
  #box;
  /** @type {Tile[]} */ #tiles = [];

  /** @param {HTMLElement} box  the tiles are placed in it @param {TilesAround} around */
  constructor(box, around) {
    this.#box = box;
    this.#around = around;
  }

  /**
   * @param {{place: Place, wish: Wish, face: Face}[]} wanted
   */
  show(wanted) {
    const free = this.#tiles.filter((tile) => wanted.every((each) => each.place.stream !== tile.stream));
    this.#tiles = wanted.map((each) => {
      const tile = this.#tiles.find(({ stream }) => stream === each.place.stream) ?? free.pop() ?? new Tile(this.#around);
      tile.show(each);
      return tile;
    });
    for (const tile of free) tile.close();
    for (const [n, { element }] of this.#tiles.entries()) if (this.#box.children[n] !== element) this.#box.insertBefore(element, this.#box.children[n] ?? null);
  }

  /** @param {string|null} pass */
  setPass(pass) {
    for (const tile of this.#tiles) tile.setPass(pass);
  }

  close() {
    this.show([]);
  }
}

class Tile {
  stream = "";
  #around;
  /** @type {Viewer|null} */ #viewer = null;
  /** @type {import("../../wire.js").Quality} */ #quality = "low";
  #isGlance = false;
  /** Its stream has been seen here. */ #isPainted = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  #canvas = /** @type {HTMLCanvasElement} */ (el("canvas", { width: "1", height: "1", "aria-hidden": "true" }));
  #cursor = el("div", { class: "host-cursor", "aria-hidden": "true", hidden: "" }, el("img", { alt: "", draggable: "false" }));
  #picture = el("div", { class: "picture" }, this.#canvas, this.#cursor);
  #pick = el("button", { type: "button", class: "pick" });
  #state = el("p", { class: "state", hidden: "" });
  #name = el("span", { class: "name" });
  #words = el("span", { class: "words" });
  #act = el("button", { type: "button", class: "act", title: "" }, icon(SHOW_ICON));
  element = el("div", { class: "tile" }, this.#picture, this.#state, this.#pick, el("p", { class: "caption" }, this.#name, this.#words), this.#act);

  /** @param {TilesAround} around */
  constructor(around) {
    this.#around = around;
    this.#pick.addEventListener("click", (event) => around.onPick(this.stream, event));
    this.#act.addEventListener("click", () => around.onAct(this.stream));
  }

  /** @param {{place: Place, wish: Wish, face: Face}} wanted */
  show({ place: at, wish, face }) {
    place(this.element, at.box);
    this.#watch(at.stream, wish);
    write(this.#name, face.name);
    write(this.#words, face.words);
    this.element.classList.toggle("talking", face.isTalking);
    this.#pick.setAttribute("aria-label", [face.name, face.words].filter(Boolean).join(" · "));
    this.#act.hidden = face.act === null;
    this.#act.setAttribute("aria-label", `${face.act}: ${face.name}`);
    this.#act.title = face.act ?? "";
  }

  /** @param {string|null} pass */
  setPass(pass) {
    this.#viewer?.setPass(pass);
  }

  close() {
    clearTimeout(this.#timer);
    this.#viewer?.close();
    this.#viewer = null;
    this.element.remove();
  }

  /** @param {string} stream @param {Wish} wish */
  #watch(stream, { quality, isGlance }) {
    const isOther = stream !== this.stream;
    this.stream = stream;
    if (isOther) this.#isPainted = false;
    if (this.#viewer === null) this.#viewer = this.#open(quality);
    else {
      if (isOther) this.#viewer.setStream(stream);
      if (quality !== this.#quality) this.#viewer.setQuality(quality);
    }
    this.#quality = quality;
    if (isOther || isGlance !== this.#isGlance) this.#begin(isGlance);
  }

  /** @param {import("../../wire.js").Quality} quality */
  #open(quality) {
    const viewer = this.#around.newViewer(this.#canvas, this.stream, quality);
    this.#around.newCursor(this.#cursor).attach(viewer);
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ react) =>
      viewer.addEventListener(name, (event) => react(/** @type {CustomEvent} */ (event).detail));
    on("size", ({ width, height }) => this.#picture.style.setProperty("--ratio", String(width / height)));
    on("state", (shown) => this.#show(shown));
    // The host has moved everybody to another stream; this tile stays with its own.
    on("streams", ({ streams, watching }) => {
      if (watching !== this.stream && streams.some((/** @type {{stream: string}} */ { stream }) => stream === this.stream)) viewer.setStream(this.stream);
    });
    return viewer;
  }

  /** @param {boolean} isGlance */
  #begin(isGlance) {
    clearTimeout(this.#timer);
    this.#isGlance = isGlance;
    this.#viewer?.setPaused(false);
    const patienceMs = this.#isPainted ? GLANCE_PATIENCE_MS : FIRST_PATIENCE_MS;
    if (isGlance) this.#timer = setTimeout(() => this.#rest(), patienceMs);
  }

  /** Until the next picture is due. */
  #rest() {
    clearTimeout(this.#timer);
    this.#viewer?.setPaused(true);
    this.#timer = setTimeout(() => this.#begin(true), GLANCE_MS);
  }

  /** @param {import("../../state.js").Shown} shown */
  #show({ state, reason }) {
    const isLive = state === "live";
    if (isLive && this.#isGlance) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#rest(), SHARPEN_MS);
    }
    if (isLive) this.element.classList.add("painted");
    this.#isPainted ||= isLive;
    // Between two glances the last picture stands; nothing needs to be said about that.
    const isExpected = isLive || (this.#isGlance && state === "waiting" && this.#isPainted);
    this.#state.hidden = isExpected;
    if (!isExpected) write(this.#state, this.#around.texts.of(/** @type {import("../texts.js").TextKey} */ (`${reason}.title`)) ?? "");
  }
}

const SHOW_ICON = "M4 5h16v10H4zM12 15v5M8 20h8M9 10l3-2.500 3 2.500";
