// @ts-check
// Puts the page's words into elements, in the reader's language; texts/ has a catalogue for each. Main thread.
// textContent and attributes only, never HTML.

import { en } from "./texts/en.js";
import { zh } from "./texts/zh.js";

/** @typedef {import("./language.js").Language} Language */
/** @typedef {import("./texts/en.js").TextKey} TextKey */

/** @type {Record<Language, Record<Exclude<TextKey, `${string}.one`>, string>>} */
export const TEXTS = { en, zh };

/** BCP 47, for `lang` and Intl. */
const TAGS = { en: "en", zh: "zh-Hans" };

/** Words of one language, and what must change when the language does. */
export class Texts extends EventTarget {
  /** @type {Language} */ #language;

  /** @param {Language} language */
  constructor(language) {
    super();
    this.#language = language;
  }

  get language() {
    return this.#language;
  }

  /** BCP 47. */
  get tag() {
    return TAGS[this.#language];
  }

  /** @param {Language} language */
  setLanguage(language) {
    this.#language = language;
    document.documentElement.lang = this.tag;
    for (const element of document.querySelectorAll("[data-text]")) element.textContent = this.of(keyOf(element, "text"));
    for (const element of document.querySelectorAll("[data-label]")) this.label(element, keyOf(element, "label"));
    this.dispatchEvent(new Event("change"));
  }

  /**
   * @param {TextKey} key
   * @param {number} [n]  for {n}; where the language has a text for one, that text for 1
   */
  of(key, n) {
    const words = /** @type {Record<string, string>} */ (TEXTS[this.#language]);
    if (n === undefined) return words[key];
    const form = `${key}.${new Intl.PluralRules(this.tag).select(n)}`;
    return (words[form] ?? words[key]).replace("{n}", this.number(n));
  }

  /**
   * @param {number} n
   * @param {Intl.NumberFormatOptions} [options]
   */
  number(n, options) {
    return new Intl.NumberFormat(this.tag, options).format(n);
  }

  /** @param {number} ms  wall clock; hours and minutes of the reader's time zone */
  time(ms) {
    return new Intl.DateTimeFormat(this.tag, { hour: "2-digit", minute: "2-digit" }).format(ms);
  }

  /** @param {string[]} parts  whole sentences, or titles without a full stop */
  sentences(...parts) {
    const [stop, gap] = this.#language === "zh" ? ["。", ""] : [".", " "];
    return parts.map((part) => (/[.。?？!！:：…]$/u.test(part) ? part : part + stop)).join(gap);
  }

  /**
   * A name for what shows only a picture.
   * @param {Element} element
   * @param {TextKey} key
   */
  label(element, key) {
    element.setAttribute("aria-label", this.of(key));
    if (element.hasAttribute("title")) element.setAttribute("title", this.of(key));
  }
}

/**
 * @param {Element} element
 * @param {"text"|"label"} name
 */
function keyOf(element, name) {
  return /** @type {TextKey} */ (element.getAttribute(`data-${name}`));
}
