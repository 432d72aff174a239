// @ts-check
// Files between viewers and this machine: what arrives, what is offered, and buttons that end it. Main thread. Hidden while there is none.

import { byId } from "../app/memory.js";
import { Rows, el, write } from "./dom.js";
import { sizeWords } from "./facts.js";
import { nameFor } from "./people.js";

/** @typedef {{upload: string, name: string, size: number, offset: number, from: string}} Arriving */
/** @typedef {{file: string, name: string, size: number}} Offered */
/** @typedef {{folder: string, arriving: Arriving[], offered: Offered[]}} News */

export class Files {
  #texts;
  #deeds;
  #arriving;
  #offered;

  /**
   * @param {import("./words.js").HostTexts} texts
   * @param {import("./deed.js").Deeds} deeds
   */
  constructor(texts, deeds) {
    this.#texts = texts;
    this.#deeds = deeds;
    this.#arriving = new Rows(byId("files-arriving"), (/** @type {Arriving} */ each) => each.upload, (each) => this.#arrivingRow(each));
    this.#offered = new Rows(byId("files-offered"), (/** @type {Offered} */ each) => each.file, (each) => this.#offeredRow(each));
  }

  /** @param {News} news */
  show({ folder, arriving, offered }) {
    byId("files").hidden = arriving.length + offered.length === 0;
    write(byId("files-folder"), folder ? this.#texts.of("files.folder", { folder }) : "");
    this.#arriving.show(arriving);
    this.#offered.show(offered);
  }

  /** @param {Arriving} arriving @returns {import("./dom.js").Row<Arriving>} */
  #arrivingRow({ upload }) {
    const [name, words] = [el("b"), el("span", { class: "soft" })];
    const end = this.#button("api/files/in/end", { upload });
    return {
      element: el("li", {}, el("div", { class: "who" }, name, words), el("div", { class: "buttons" }, end)),
      show: (now) => {
        write(name, now.name);
        const share = `${sizeWords(this.#texts, now.offset)} / ${sizeWords(this.#texts, now.size)}`;
        write(words, [now.from, share].filter(Boolean).join(" · "));
        nameFor(end, this.#texts.of("files.stop"), now.name);
      },
    };
  }

  /** @param {Offered} offered @returns {import("./dom.js").Row<Offered>} */
  #offeredRow({ file }) {
    const [name, words] = [el("b"), el("span", { class: "soft" })];
    const end = this.#button("api/files/out/end", { file });
    return {
      element: el("li", {}, el("div", { class: "who" }, name, words), el("div", { class: "buttons" }, end)),
      show: (now) => {
        write(name, now.name);
        write(words, this.#texts.of("files.offered", { size: sizeWords(this.#texts, now.size) }));
        nameFor(end, this.#texts.of("files.end"), now.name);
      },
    };
  }

  /**
   * @param {string} path
   * @param {object} fields
   */
  #button(path, fields) {
    return el("button", { type: "button", class: "plain", click: () => void this.#deeds.post(path, fields) });
  }
}
