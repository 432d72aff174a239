// @ts-check
// Lines that the host wrote: the newest stands above the picture for a while, the last ones are in the panel. Main thread. Kept in
// memory only. A screen reader says each once, when it has nothing else to say.

import { copyText } from "./clipboard.js";
import { linked } from "./linked_text.js";
import { byId } from "./memory.js";

/** @typedef {{text: string, isPersonal: boolean, atMs: number}} HostLine */

const MOST = 20;
const SHOWN_MS = 20_000;

export class HostLines {
  #texts;
  /** @type {HostLine[]} newest first */ #lines = [];
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  #toast = byId("host-line");

  /** @param {import("./texts.js").Texts} texts */
  constructor(texts) {
    this.#texts = texts;
    byId("host-line-close").addEventListener("click", () => this.#hide());
    byId("host-line-copy").addEventListener("click", () => this.#copy(byId("host-line-copy"), this.#lines[0].text));
    // Who reads it or wants to copy from it needs time.
    for (const name of ["pointerenter", "focusin"]) this.#toast.addEventListener(name, () => clearTimeout(this.#timer));
    for (const name of ["pointerleave", "focusout"]) this.#toast.addEventListener(name, () => this.#hideLater());
    texts.addEventListener("change", () => this.#draw());
    this.#draw();
  }

  /** @param {{text: string, to_you: boolean}} line */
  show({ text, to_you }) {
    this.#lines = [{ text, isPersonal: to_you, atMs: Date.now() }, ...this.#lines].slice(0, MOST);
    this.#toast.hidden = false;
    byId("host-line-said").textContent = `${this.#texts.of(to_you ? "line.to-you" : "line.to-all")}: ${text}`;
    this.#hideLater();
    this.#draw();
  }

  /** The reader opened the panel with all of them. */
  seen() {
    this.#hide();
  }

  #hideLater() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#hide(), SHOWN_MS);
  }

  #hide() {
    clearTimeout(this.#timer);
    this.#toast.hidden = true;
  }

  #draw() {
    const [newest] = this.#lines;
    byId("host-lines-none").hidden = newest !== undefined;
    byId("host-lines").replaceChildren(...this.#lines.map((line) => this.#rowOf(line)));
    if (!newest) return;
    byId("host-line-from").textContent = this.#texts.of(newest.isPersonal ? "line.to-you" : "line.to-all");
    byId("host-line-text").replaceChildren(...linked(newest.text));
  }

  /** @param {HostLine} line */
  #rowOf({ text, isPersonal, atMs }) {
    const row = document.createElement("li");
    const words = document.createElement("p");
    const when = document.createElement("small");
    const copy = document.createElement("button");
    words.replaceChildren(...linked(text));
    when.textContent = [this.#texts.time(atMs), this.#texts.of(isPersonal ? "line.to-you" : "line.to-all")].join(" · ");
    copy.type = "button";
    copy.className = "small";
    copy.textContent = this.#texts.of("line.copy");
    copy.addEventListener("click", () => this.#copy(copy, text));
    row.replaceChildren(words, when, copy);
    return row;
  }

  /**
   * @param {HTMLElement} button
   * @param {string} text
   */
  async #copy(button, text) {
    button.textContent = this.#texts.of((await copyText(text)) ? "line.copied" : "line.not-copied");
    setTimeout(() => (button.textContent = this.#texts.of("line.copy")), 2_000);
  }
}
