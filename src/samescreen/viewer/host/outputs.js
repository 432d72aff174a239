// @ts-check
// Outputs: where the picture goes besides the viewers, and whether it arrives. Main thread. Hidden where there are none.

import { byId } from "../app/memory.js";
import { Rows, el, write } from "./dom.js";
import { spanWords } from "./facts.js";

/** @typedef {{name: string, state: "connecting"|"sending"|"waiting", seconds: number, fault: string}} Output */

export class Outputs {
  #texts;
  #rows;

  /** @param {import("./words.js").HostTexts} texts */
  constructor(texts) {
    this.#texts = texts;
    this.#rows = new Rows(byId("outputs-rows"), (/** @type {Output} */ output) => output.name, () => this.#row());
  }

  /** @param {Output[]} outputs */
  show(outputs) {
    byId("outputs").hidden = outputs.length === 0;
    this.#rows.show(outputs);
  }

  /** @param {Output} output */
  #stateOf(output) {
    if (output.state === "sending") return this.#texts.of("outputs.sending", spanWords(output.seconds));
    return this.#texts.of(output.state === "connecting" ? "outputs.connecting" : "outputs.waiting");
  }

  /** @returns {import("./dom.js").Row<Output>} */
  #row() {
    const [name, state, fault] = [el("b"), el("span", { class: "soft" }), el("p", { class: "soft", lang: "en" })];
    return {
      element: el("li", {}, el("div", { class: "who" }, name, state), fault),
      show: (now) => {
        write(name, now.name);
        write(state, this.#stateOf(now));
        fault.hidden = now.fault === "";
        write(fault, now.fault);
      },
    };
  }
}
