// @ts-check
// What viewers see, small. While it is hidden there is no viewer: nothing is sent, decoded or painted for it. Main thread.

import { byId, lasting } from "../app/memory.js";
import { el, write } from "./dom.js";
import { noPictureWords } from "./facts.js";
import { marksOver } from "./marks.js";

/** @typedef {import("../viewer.js").Viewer} Viewer */
/** @typedef {import("./facts.js").Shared} Shared */

export class Preview {
  #texts;
  #pass;
  #isWanted = lasting.recall("preview") !== "hidden";
  #stream = "";
  /** Counts openings, so that one that was overtaken while its modules loaded is left out. */ #opening = 0;
  /** @type {Viewer|null} */ #viewer = null;
  #select = /** @type {HTMLSelectElement} */ (byId("preview-stream"));
  #toggle = byId("preview-toggle");
  #box = byId("preview");

  /**
   * @param {import("./words.js").HostTexts} texts
   * @param {() => string|null} pass  of the login's answer
   */
  constructor(texts, pass) {
    this.#texts = texts;
    this.#pass = pass;
    this.#toggle.addEventListener("click", () => {
      this.#isWanted = !this.#isWanted;
      lasting.remember("preview", this.#isWanted ? null : "hidden");
      if (this.#isWanted) void this.#open();
      else this.close();
    });
    this.#select.addEventListener("change", () => {
      this.#stream = this.#select.value;
      this.#viewer?.setStream(this.#stream);
    });
    texts.addEventListener("change", () => this.#name());
  }

  /** The page is in. */
  start() {
    this.#name();
    if (this.#isWanted) void this.#open();
  }

  /** @param {readonly Shared[]} streams */
  show(streams) {
    const wanted = streams.map(({ stream, name }) => `${stream}\n${name}`).join("\n\n");
    this.#select.hidden = streams.length < 2 || !this.#isWanted;
    if (this.#select.dataset.streams === wanted) return;
    this.#select.dataset.streams = wanted;
    this.#select.replaceChildren(...streams.map(({ stream, name }) => el("option", { value: stream }, name)));
    if (streams.some(({ stream }) => stream === this.#stream)) this.#select.value = this.#stream;
  }

  /** @param {string|null} pass */
  setPass(pass) {
    this.#viewer?.setPass(pass);
  }

  close() {
    this.#opening += 1;
    this.#viewer?.close();
    this.#viewer = null;
    this.#box.hidden = true;
    this.#select.hidden = true;
    this.#box.replaceChildren();
    this.#name();
  }

  async #open() {
    this.close();
    const opening = this.#opening;
    const [{ Viewer }, { CursorLayer }] = await Promise.all([import("../viewer.js"), import("../app/cursor.js")]);
    if (opening !== this.#opening) return;
    const canvas = /** @type {HTMLCanvasElement} */ (el("canvas", { width: "1", height: "1", role: "img", "aria-label": this.#texts.of("screen.label") }));
    const state = el("p", { class: "state" }, this.#texts.of("preview.connecting"));
    const layer = el("div", { class: "host-cursor", "aria-hidden": "true" }, el("img", { alt: "" }));
    this.#box.replaceChildren(canvas, layer, state);
    this.#box.hidden = false;
    this.#viewer = new Viewer(canvas, { stream: this.#stream, pass: this.#pass(), drawsCursor: true });
    new CursorLayer(layer).attach(this.#viewer);
    this.#viewer.addEventListener("size", (event) => {
      const { width, height } = /** @type {CustomEvent<import("../contract.js").Events["size"]>} */ (event).detail;
      // As the canvas: as large as fits into the box, in its middle.
      const isWide = width * this.#box.clientHeight >= height * this.#box.clientWidth;
      Object.assign(layer.style, { aspectRatio: `${width} / ${height}`, width: isWide ? "100%" : "auto", height: isWide ? "auto" : "100%" });
    });
    this.#viewer.addEventListener("state", (event) => {
      const shown = /** @type {CustomEvent<import("../contract.js").Events["state"]>} */ (event).detail;
      this.#box.dataset.state = shown.state;
      state.hidden = shown.state === "live";
      write(state, noPictureWords(this.#texts, shown.reason));
    });
    canvas.after(marksOver(this.#viewer, canvas, this.#texts));
    this.#viewer.addEventListener("firstpaint", () => (this.#box.dataset.painted = ""));
    this.#name();
  }

  #name() {
    write(this.#toggle, this.#texts.of(this.#isWanted ? "preview.hide" : "preview.show"));
    this.#toggle.setAttribute("aria-expanded", String(this.#isWanted));
    this.#toggle.setAttribute("aria-label", `${this.#toggle.textContent}: ${this.#texts.of("preview.title")}`);
  }
}
