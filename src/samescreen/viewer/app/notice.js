// @ts-check
// One line above the picture about a problem that does not stop the picture. The reader may close it. Main thread.

import { byId } from "./memory.js";

/** @typedef {import("./texts.js").TextKey} TextKey */

export class Notice {
  #texts;
  /** @type {TextKey|null} */ #key = null;
  /** @type {number|undefined} */ #n;

  /** @param {import("./texts.js").Texts} texts */
  constructor(texts) {
    this.#texts = texts;
    texts.addEventListener("change", () => this.#write());
    byId("notice-close").addEventListener("click", () => this.show(null));
  }

  /**
   * @param {TextKey|null} key  null: none
   * @param {number} [n]
   */
  show(key, n) {
    this.#n = n;
    this.#key = key;
    this.#write();
  }

  #write() {
    byId("notice").hidden = this.#key === null;
    byId("notice-text").textContent = this.#key === null ? "" : this.#texts.of(this.#key, this.#n);
  }
}
