// @ts-check
// What hosts did, the newest first: two hosts see here what the other one did. Main thread.

import { byId } from "../app/memory.js";
import { Rows, el, write } from "./dom.js";
import { actWords, actorWords, timeWords } from "./facts.js";

/** @typedef {import("./facts.js").Act} Act */

const SHOWN = 20;

export class Acts {
  #rows;

  /** @param {import("./words.js").HostTexts} texts */
  constructor(texts) {
    this.#rows = new Rows(byId("acts"), (/** @type {Act} */ act) => String(act.act), () => {
      const element = el("li");
      const show = (/** @type {Act} */ act) =>
        write(element, texts.of("acts.line", { time: timeWords(texts, act.at_s, Date.now()), actor: actorWords(texts, act.actor), act: actWords(texts, act) }));
      return { element, show };
    });
  }

  /** @param {Act[]} acts  the oldest first */
  show(acts) {
    this.#rows.show(acts.slice(-SHOWN).reverse());
  }
}
