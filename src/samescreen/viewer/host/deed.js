// @ts-check
// What the page does when somebody presses something: one request, then news at once, and words about what went wrong. Main thread.

import { byId } from "../app/memory.js";
import { write } from "./dom.js";

/** @typedef {import("./words.js").HostTexts} HostTexts */
/** @typedef {import("./api.js").Api} Api */

const SHOWN_MS = 6000;
const SURE_MS = 6000;

export class Deeds {
  #api;
  #texts;
  #after;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;

  /**
   * @param {Api} api
   * @param {HostTexts} texts
   * @param {() => void} after  asks the host for news
   */
  constructor(api, texts, after) {
    this.#api = api;
    this.#texts = texts;
    this.#after = after;
  }

  /**
   * @param {string} path
   * @param {object} [fields]
   * @returns {Promise<any>} the answer; null: it failed, and the page says why
   */
  async post(path, fields) {
    return this.#heard(await this.#api.post(path, fields));
  }

  /** @param {string} path */
  async get(path) {
    return this.#heard(await this.#api.get(path));
  }

  /**
   * Shows one line for some seconds; screen readers read it.
   * @param {string} text
   * @param {string} [lang]  of words that come from the host
   */
  say(text, lang) {
    const line = byId("said");
    clearTimeout(this.#timer);
    line.lang = lang ?? "";
    if (!lang) line.removeAttribute("lang");
    write(line, text);
    this.#timer = setTimeout(() => write(line, ""), SHOWN_MS);
  }

  /** @param {import("./api.js").Answer} answer */
  #heard(answer) {
    // What somebody pressed stands there although it was not done: the whole news set it right.
    if (answer.is !== "ok") this.#api.forget();
    this.#after();
    if (answer.is === "ok") return answer.value ?? {};
    if (answer.is === "silent") this.say(this.#texts.of("trouble.silent"));
    if (answer.is === "refused") this.say(answer.words, "en");
    return null;
  }
}

/**
 * A button that asks once more before it acts: its first press changes its words for some seconds.
 * @param {HTMLElement} button
 * @param {() => string} words
 * @param {() => string} sure
 * @param {() => void} act
 */
export function askFirst(button, words, sure, act) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */ let timer;
  const calm = () => {
    clearTimeout(timer);
    timer = undefined;
    delete button.dataset.sure;
    button.textContent = words();
  };
  button.addEventListener("click", () => {
    if (timer !== undefined) {
      calm();
      return act();
    }
    button.dataset.sure = "";
    button.textContent = sure();
    timer = setTimeout(calm, SURE_MS);
  });
  calm();
  return { /** In another language. */ rename: () => timer === undefined && write(button, words()) };
}
