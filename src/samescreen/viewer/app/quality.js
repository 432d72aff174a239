// @ts-check
// The menu of qualities: the reader chooses between full size and few bytes, for this page only. Main thread. It owns the choice and keeps
// it while the tab is open. It does not know what the host sends.

import { byId, rememberedQuality, visit } from "./memory.js";

/** @typedef {import("../wire.js").Quality} Quality */

/** @type {Record<Quality, import("./texts.js").TextKey>} what each choice means */
const NOTES = { auto: "quality.auto-note", full: "quality.full-note", low: "quality.low-note" };

export class QualityMenu {
  #texts;
  #onChoose;
  #select = /** @type {HTMLSelectElement} */ (byId("tool-quality"));
  /** The path decodes no video: the host then sends stills of full size, whatever the reader prefers. */ #hasStillsOnly = false;

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {string|null} asked  `?quality=` of the address; a choice in this tab comes before it
   * @param {(quality: Quality) => void} onChoose
   */
  constructor(texts, asked, onChoose) {
    this.#texts = texts;
    this.#onChoose = onChoose;
    this.#select.value = rememberedQuality(asked);
    this.#select.addEventListener("change", () => this.#choose());
    texts.addEventListener("change", () => this.#write());
  }

  /** @returns {Quality} */
  get chosen() {
    return /** @type {Quality} */ (this.#select.value);
  }

  /** @param {import("../wire.js").Path} path  how the page decodes now */
  follow(path) {
    this.#hasStillsOnly = path === "jpeg";
    this.#select.disabled = this.#hasStillsOnly;
    this.#write();
  }

  #choose() {
    visit.remember("quality", this.chosen);
    this.#write();
    this.#onChoose(this.chosen);
  }

  #write() {
    byId("quality-note").textContent = this.#texts.of(this.#hasStillsOnly ? "quality.stills-note" : NOTES[this.chosen]);
  }
}
