// @ts-check
// Recordings: begin and end one, save the last minutes, play and download files. Main thread. On a host without recordings it stays hidden.

import { byId } from "../app/memory.js";
import { Rows, el, write } from "./dom.js";
import { fileWords, sizeWords, spanWords } from "./facts.js";
import { nameFor } from "./people.js";

/** @typedef {{stream: string|null, seconds: number, size_bytes: number, kept_s: number|null, fault: string}} Now */
/** @typedef {import("./facts.js").File} File */

export class Recordings {
  #texts;
  #deeds;
  #rows;
  #isOn = false;
  /** The list of files is of this state; it is read anew when another recording runs, or none. */ #listed = "";

  /**
   * @param {import("./words.js").HostTexts} texts
   * @param {import("./deed.js").Deeds} deeds
   */
  constructor(texts, deeds) {
    this.#texts = texts;
    this.#deeds = deeds;
    this.#rows = new Rows(byId("recording-files"), (/** @type {File} */ file) => file.name, (file) => this.#row(file));
    byId("record").addEventListener("click", () => void this.#do(this.#isOn ? "stop" : "start"));
    byId("record-save").addEventListener("click", () => void this.#do("save"));
  }

  /** @param {Now|null} now */
  show(now) {
    byId("recordings").hidden = now === null;
    if (now === null) return;
    this.#isOn = now.stream !== null;
    byId("record").setAttribute("aria-pressed", String(this.#isOn));
    const size = sizeWords(this.#texts, now.size_bytes);
    write(byId("recording-now"), this.#isOn ? this.#texts.of("record.now", { time: spanWords(now.seconds), size }) : this.#texts.of("record.off"));
    byId("record-save").hidden = now.kept_s === null;
    write(byId("record-save"), this.#texts.of("record.save", spanWords(now.kept_s ?? 0)));
    byId("recording-fault").hidden = now.fault === "";
    write(byId("recording-fault"), now.fault);
    const listed = `${now.stream} ${now.fault}`;
    if (listed !== this.#listed) void this.#list();
    this.#listed = listed;
  }

  /** @param {"start"|"stop"|"save"} act */
  async #do(act) {
    if (await this.#deeds.post("api/recording", { do: act })) await this.#list();
  }

  async #list() {
    const answer = await this.#deeds.get("api/recordings");
    if (answer) this.#rows.show(/** @type {File[]} */ (answer.files));
  }

  /** @param {File} file @returns {import("./dom.js").Row<File>} */
  #row(file) {
    const url = `api/recordings/file?name=${encodeURIComponent(file.name)}`;
    const [name, words] = [el("b"), el("span", { class: "soft" })];
    const play = el("button", { type: "button", class: "plain", click: () => toggle() });
    const download = el("a", { class: "plain", href: url, download: file.name });
    const place = el("div", { class: "film" });
    const toggle = () => {
      const isOpen = place.childElementCount > 0;
      place.replaceChildren(...(isOpen ? [] : [el("video", { src: url, controls: true, playsinline: true, "aria-label": file.name })]));
      /** @type {HTMLVideoElement|null} */ (place.firstElementChild)?.play().catch(() => {});
    };
    return {
      element: el("li", {}, el("div", { class: "who" }, name, words), el("div", { class: "buttons" }, play, download), place),
      show: (now) => {
        write(name, now.name);
        write(words, fileWords(this.#texts, now, Date.now()));
        nameFor(play, this.#texts.of("record.play"), now.name);
        nameFor(download, this.#texts.of("record.download"), now.name);
      },
    };
  }
}
