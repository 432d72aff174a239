// @ts-check
// Several streams of one host: a tab for each, or a list where they are many or the window is narrow, and one of them beside the picture,
// small. Main thread. With one stream it shows nothing.
// Each picture is a Viewer of its own; this file only chooses which stream each of them watches, and remembers the choice.

import { Viewer } from "../viewer.js";
import { CursorLayer } from "./cursor.js";
import { byId, lasting, rememberedStream } from "./memory.js";

/** @typedef {import("../wire.js").Stream} Stream */
/** @typedef {{pass: string|null, quality: import("../wire.js").Quality}} Small */

// More tabs than that do not fit beside each other.
const MOST_TABS = 4;

export class StreamTabs {
  #texts;
  #onChoose;
  #newViewer;
  /** Until the host has it. @type {string|null} */ #asked;
  /** Of the small picture. @type {Small} */ #options = { pass: null, quality: "auto" };
  /** @type {Stream[]} */ #streams = [];
  #watching = "";
  #isAlone = true;
  #beside = lasting.recall("beside") ?? "";
  /** @type {Viewer|null} */ #small = null;
  #tabs = byId("streams");
  #opener = byId("streams-open");
  #figure = byId("beside");
  #cursor = new CursorLayer(byId("beside-cursor"));

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {(stream: string) => void} onChoose  called with the stream that the reader chose for the stage
   * @param {string|null} asked  `?stream=` of the address: a stream or its name
   * @param {(canvas: HTMLCanvasElement, stream: string, options: Small) => Viewer} newViewer
   */
  constructor(texts, onChoose, asked = null, newViewer = (canvas, stream, options) => new Viewer(canvas, { stream, ...options, drawsCursor: true })) {
    this.#texts = texts;
    this.#onChoose = onChoose;
    this.#asked = asked;
    this.#newViewer = newViewer;
    byId("beside-close").addEventListener("click", () => this.#put(""));
    this.#opener.addEventListener("click", () => this.#setOpen(!this.#isOpen));
    byId("stage").addEventListener("pointerdown", () => this.#setOpen(false));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.#isOpen) return;
      this.#setOpen(false);
      this.#opener.focus();
    });
    byId("beside-swap").addEventListener("click", () => this.#swap());
    texts.addEventListener("change", () => this.#draw());
  }

  /** The stream that the address names, or that the last visit watched; "" = none. */
  get remembered() {
    return rememberedStream(this.#asked);
  }

  /** Of the large picture. */
  get name() {
    return this.#streams.find(({ stream }) => stream === this.#watching)?.name ?? "";
  }

  /**
   * Shows the next stream, or the previous one; after the last comes the first.
   * @param {1|-1} by
   */
  step(by) {
    const at = this.#streams.findIndex(({ stream }) => stream === this.#watching);
    const next = this.#streams.at((at + by) % this.#streams.length);
    if (next && next.stream !== this.#watching) this.#choose(next.stream);
  }

  get #isOpen() {
    return this.#opener.getAttribute("aria-expanded") === "true";
  }

  /** @param {boolean} isOpen  the list, where the tabs are one */
  #setOpen(isOpen) {
    this.#opener.setAttribute("aria-expanded", String(isOpen));
    this.#tabs.classList.toggle("open", isOpen);
  }

  /** @param {{streams: Stream[], watching: string}} news  of the large picture */
  show({ streams, watching }) {
    this.#streams = streams;
    this.#watching = watching;
    this.#followAddress();
    this.#draw();
  }

  #followAddress() {
    const word = this.#asked?.toLowerCase();
    const found = this.#streams.find(({ stream, name }) => stream.toLowerCase() === word || name.toLowerCase() === word);
    if (!found) return;
    this.#asked = null;
    if (found.stream !== this.#watching) this.#onChoose(found.stream);
  }

  /** @param {string|null} pass  for the small picture's connection */
  setPass(pass) {
    this.#options.pass = pass;
    this.#small?.setPass(pass);
  }

  /** @param {import("../wire.js").Quality} quality  which the small picture keeps to as well */
  setQuality(quality) {
    this.#options.quality = quality;
    this.#small?.setQuality(quality);
  }

  /** @param {boolean} isAlone  whether the page shows one picture, and may have a small one beside it */
  setAlone(isAlone) {
    this.#isAlone = isAlone;
    this.#drawBeside();
  }

  /** Closes the small picture too; the page is about to open a new viewer. */
  close() {
    this.#small?.close();
    this.#small = null;
    this.#figure.hidden = true;
  }

  /** @param {string} stream */
  #choose(stream) {
    this.#setOpen(false);
    this.#asked = null;
    lasting.remember("stream", stream);
    if (stream === this.#beside) this.#beside = this.#watching;
    this.#onChoose(stream);
  }

  #swap() {
    this.#choose(this.#beside);
  }

  /** @param {string} stream  "" = nothing */
  #put(stream) {
    this.#beside = stream;
    this.#draw();
  }

  #draw() {
    const streams = this.#streams;
    this.#tabs.hidden = this.#opener.hidden = streams.length < 2;
    document.documentElement.classList.toggle("many-streams", streams.length > MOST_TABS);
    const at = streams.findIndex(({ stream }) => stream === this.#watching);
    byId("streams-name").textContent = streams[at]?.name ?? this.#texts.of("streams.all");
    byId("streams-count").textContent = `${at + 1}/${streams.length}`;
    this.#drawTabs();
    this.#drawBeside();
  }

  /** Whoever went to a tab by keyboard stays on it. */
  #drawTabs() {
    const tabs = () => /** @type {HTMLElement[]} */ ([...this.#tabs.children]);
    const before = tabs().find((tab) => tab === document.activeElement && tab.matches(":focus-visible"));
    this.#tabs.replaceChildren(...(this.#streams.length < 2 ? [] : this.#streams.flatMap((stream) => this.#tabOf(stream))));
    const same = before ? tabs().filter(({ dataset }) => dataset.stream === before.dataset.stream) : [];
    (same.find(({ className }) => className === before?.className) ?? same[0])?.focus();
  }

  /**
   * @param {Stream} of
   * @returns {HTMLElement[]}
   */
  #tabOf({ stream, name }) {
    const isShown = stream === this.#watching;
    const tab = document.createElement("button");
    tab.type = "button";
    tab.dataset.stream = stream;
    tab.textContent = name;
    tab.title = name;
    tab.setAttribute("aria-pressed", String(isShown));
    tab.addEventListener("click", () => this.#choose(stream));
    if (isShown) return [tab];
    const aside = document.createElement("button");
    aside.type = "button";
    aside.dataset.stream = stream;
    aside.className = "aside";
    aside.textContent = "◱";
    aside.title = this.#texts.of("streams.beside");
    aside.setAttribute("aria-label", `${this.#texts.of("streams.beside")}: ${name}`);
    aside.setAttribute("aria-pressed", String(stream === this.#beside));
    aside.addEventListener("click", () => this.#put(stream === this.#beside ? "" : stream));
    return [tab, aside];
  }

  #drawBeside() {
    const small = this.#streams.find(({ stream }) => stream === this.#beside);
    const isShown = this.#isAlone && small !== undefined && small.stream !== this.#watching;
    // Remembered also while this stream fills the stage, for when another one does.
    lasting.remember("beside", this.#beside || null);
    this.#figure.hidden = !isShown;
    if (!isShown) return this.close();
    byId("beside-name").textContent = small.name;
    if (this.#small) return this.#small.setStream(small.stream);
    // A worker never gives a canvas back.
    const canvas = /** @type {HTMLCanvasElement} */ (byId("beside-screen").cloneNode());
    byId("beside-screen").replaceWith(canvas);
    this.#small = this.#newViewer(canvas, small.stream, this.#options);
    this.#cursor.attach(this.#small);
  }
}
