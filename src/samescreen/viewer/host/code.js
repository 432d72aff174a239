// @ts-check
// A sheet with one link: its QR code, the link to copy, and how long it is still valid. Main thread.

import { byId } from "../app/memory.js";
import { write } from "./dom.js";

/** @typedef {import("./words.js").HostKey} HostKey */
/** @typedef {{link: string, title: HostKey, text: HostKey, seconds: number|null}} Code  `seconds`: until it is worth nothing; null: no end */

export class CodeSheet {
  #texts;
  #deeds;
  #sheet = /** @type {HTMLDialogElement} */ (byId("code"));
  #picture = /** @type {HTMLImageElement} */ (byId("code-picture"));
  /** @type {ReturnType<typeof setInterval>|undefined} */ #countdown;

  /**
   * @param {import("./words.js").HostTexts} texts
   * @param {import("./deed.js").Deeds} deeds
   */
  constructor(texts, deeds) {
    this.#texts = texts;
    this.#deeds = deeds;
    byId("code-close").addEventListener("click", () => this.#sheet.close());
    byId("code-copy").addEventListener("click", () => void this.#copy());
    // A secret does not stay in the page.
    this.#sheet.addEventListener("close", () => this.#clear());
    this.#sheet.addEventListener("click", (event) => event.target === this.#sheet && this.#sheet.close());
  }

  /** @param {Code} code */
  async show(code) {
    this.#clear();
    write(byId("code-title"), this.#texts.of(code.title));
    write(byId("code-link"), code.link);
    this.#picture.alt = this.#texts.of("code.picture");
    this.#count(code, code.seconds);
    if (!this.#sheet.open) this.#sheet.showModal();
    byId("code-copy").focus();
    const drawing = await this.#deeds.post("api/qr", { text: code.link });
    if (byId("code-link").textContent !== code.link) return; // closed, over, or another link by now
    if (drawing) this.#picture.src = `data:image/svg+xml,${encodeURIComponent(drawing)}`;
    this.#picture.hidden = !drawing;
  }

  /**
   * @param {Code} code
   * @param {number|null} seconds
   */
  #count(code, seconds) {
    write(byId("code-text"), this.#texts.of(code.text, seconds ?? undefined));
    if (seconds === null) return;
    const endMs = Date.now() + seconds * 1000;
    this.#countdown = setInterval(() => {
      const left = Math.ceil((endMs - Date.now()) / 1000);
      if (left > 0) return write(byId("code-text"), this.#texts.of(code.text, left));
      this.#clear();
      write(byId("code-text"), this.#texts.of("code.over"));
    }, 1000);
  }

  #clear() {
    clearInterval(this.#countdown);
    this.#picture.removeAttribute("src");
    this.#picture.hidden = true;
    write(byId("code-link"), "");
  }

  async #copy() {
    const link = byId("code-link").textContent ?? "";
    if (!link) return;
    // Browsers give a page on plain http no clipboard: there the old way still works.
    const isCopied = (await navigator.clipboard?.writeText(link).then(() => true, () => false)) || copiedByHand(byId("code-link"));
    this.#deeds.say(this.#texts.of(isCopied ? "code.copied" : "code.not-copied"));
  }
}

/** @param {HTMLElement} element  its text is selected and copied */
function copiedByHand(element) {
  const selection = getSelection();
  selection?.selectAllChildren(element);
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  }
}
