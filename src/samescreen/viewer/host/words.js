// @ts-check
// Words of the host's page: its own catalogues, one file a language, beside those of the viewer's page. Main thread.

import { Texts } from "../app/texts.js";
import { en } from "./words_en.js";
import { zh } from "./words_zh.js";

/** @typedef {import("../app/texts.js").TextKey} TextKey */
/** @typedef {keyof typeof en} HostKey */
/** @typedef {number|string|Record<string, string|number>} Blanks  one value fills every blank */

export const HOST_TEXTS = { en, zh };

/** The words of both pages. */
export class HostTexts extends Texts {
  /** @param {string} key */
  has(key) {
    return Object.hasOwn(en, key);
  }

  /**
   * @param {HostKey|TextKey} key
   * @param {Blanks} [blanks]
   * @override
   */
  of(key, blanks) {
    if (!this.has(key)) return super.of(/** @type {TextKey} */ (key), /** @type {number|undefined} */ (blanks));
    const text = HOST_TEXTS[this.language][/** @type {HostKey} */ (key)];
    if (blanks === undefined) return text;
    return text.replace(/\{(\w+)\}/gu, (_, name) => String(typeof blanks === "object" ? blanks[name] : blanks)).trim();
  }

  /**
   * @param {"streams.viewers"|"people.watching"|"people.waiting"|"links.uses-left"} key
   * @param {number} n
   */
  counted(key, n) {
    return this.of(`${key}.${n === 1 ? "one" : "many"}`, n);
  }
}
