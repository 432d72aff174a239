// @ts-check
// Files to and from the host: dropped on the page or chosen, one after the other, each with its progress and a button that gives it up;
// and links to what the host put up. Main thread.

import { Upload } from "../control/upload.js";
import { byId } from "./memory.js";

/** @typedef {import("./texts.js").TextKey} TextKey */
/** @typedef {import("../control/upload.js").End} End */
/** @typedef {{file: File, upload: Upload, sent: number, end: End|null, bar: HTMLProgressElement, words: HTMLElement, button: HTMLButtonElement}} Row */

const MOST_ROWS = 50;
/** @type {Record<Exclude<End, "refused">, TextKey>} */
const ENDS = { done: "files.done", cancelled: "files.cancelled", lost: "files.lost" };

export class FileExchange {
  #texts;
  #onBegin;
  #maySend = false;
  #mayFetch = false;
  #isSending = false;
  /** @type {Row[]} */ #rows = [];
  #hint = byId("drop-hint");
  #drags = 0;

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {() => void} onBegin  files were dropped: show them
   */
  constructor(texts, onBegin) {
    this.#texts = texts;
    this.#onBegin = onBegin;
    const choose = /** @type {HTMLInputElement} */ (byId("files-choose"));
    choose.addEventListener("change", () => {
      this.#add([...(choose.files ?? [])]);
      choose.value = "";
    });
    for (const [name, by] of /** @type {[string, number][]} */ ([["dragenter", 1], ["dragleave", -1], ["dragover", 0]]))
      globalThis.addEventListener(name, (event) => this.#dragged(/** @type {DragEvent} */ (event), by));
    globalThis.addEventListener("drop", (event) => this.#dropped(/** @type {DragEvent} */ (event)));
    texts.addEventListener("change", () => this.#rows.forEach((row) => this.#write(row)));
  }

  /** @param {string[]} grants */
  granted(grants) {
    this.#maySend = grants.includes("files-in");
    this.#mayFetch = grants.includes("files-out");
    byId("files-in").hidden = !this.#maySend;
    byId("files-out").hidden = !this.#mayFetch;
  }

  /** Reads anew what the host put up. */
  async refresh() {
    if (!this.#mayFetch) return;
    const response = await fetch("api/files").catch(() => null);
    const answer = response?.ok ? await response.json().catch(() => null) : null;
    const files = /** @type {{file: string, name: string, size: number}[]} */ (answer?.files ?? []);
    byId("offers-none").hidden = files.length > 0;
    byId("offers").replaceChildren(
      ...files.map(({ file, name, size }) => {
        const [row, link, note] = [document.createElement("li"), document.createElement("a"), document.createElement("small")];
        link.href = `api/files/out?name=${encodeURIComponent(file)}`;
        link.download = link.textContent = name;
        note.textContent = this.#size(size);
        row.replaceChildren(link, note);
        return row;
      }),
    );
  }

  /**
   * @param {DragEvent} event
   * @param {number} by
   */
  #dragged(event, by) {
    if (!hasFiles(event)) return;
    event.preventDefault(); // a browser would leave this page for the file
    this.#drags = Math.max(0, this.#drags + by);
    if (event.dataTransfer) event.dataTransfer.dropEffect = this.#maySend ? "copy" : "none";
    this.#hint.hidden = !this.#maySend || this.#drags === 0;
  }

  /** @param {DragEvent} event */
  #dropped(event) {
    if (!hasFiles(event)) return;
    event.preventDefault();
    this.#drags = 0;
    this.#hint.hidden = true;
    if (this.#maySend) this.#add([...(event.dataTransfer?.files ?? [])]);
  }

  /** @param {File[]} files */
  #add(files) {
    if (files.length === 0) return;
    this.#onBegin();
    this.#rows = [...this.#rows, ...files.map((file) => this.#rowOf(file))];
    this.#rows = this.#rows.filter((row, at) => row.end === null || at >= this.#rows.length - MOST_ROWS);
    byId("files-list").replaceChildren(...this.#rows.map(({ bar }) => /** @type {HTMLElement} */ (bar.parentElement)));
    void this.#sendAll();
  }

  /**
   * @param {File} file
   * @returns {Row}
   */
  #rowOf(file) {
    const element = document.createElement("li");
    const [name, words] = [document.createElement("span"), document.createElement("small")];
    const bar = document.createElement("progress");
    const button = document.createElement("button");
    name.textContent = bar.title = file.name;
    bar.max = Math.max(1, file.size);
    bar.value = 0;
    button.type = "button";
    button.className = "small";
    const upload = new Upload(file, (sent) => {
      row.sent = bar.value = sent;
      this.#write(row);
    });
    /** @type {Row} */
    const row = { file, upload, sent: 0, end: null, bar, words, button };
    button.addEventListener("click", () => {
      row.end ??= "cancelled";
      upload.cancel();
      this.#write(row);
    });
    element.replaceChildren(name, button, bar, words);
    this.#write(row);
    return row;
  }

  /** One after the other: together they would only slow each other down. */
  async #sendAll() {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let row = this.#next(); row; row = this.#next()) {
      const end = await row.upload.run();
      row.end ??= end;
      if (row.end === "done") row.bar.value = row.bar.max;
      this.#write(row);
    }
    this.#isSending = false;
  }

  #next() {
    return this.#rows.find(({ end }) => end === null);
  }

  /** @param {Row} row */
  #write({ file, sent, end, upload, words, button, bar }) {
    const share = `${this.#size(sent)} / ${this.#size(file.size)}`;
    words.textContent = end === null ? share : end === "refused" ? upload.words || this.#texts.of("files.refused") : this.#texts.of(ENDS[end]);
    button.textContent = this.#texts.of("files.cancel");
    button.setAttribute("aria-label", `${this.#texts.of("files.cancel")}: ${file.name}`);
    bar.setAttribute("aria-label", file.name);
    button.hidden = end !== null;
    bar.hidden = end !== null && end !== "done";
  }

  /** @param {number} bytes */
  #size(bytes) {
    const [unit, divisor] = bytes < 1e6 ? ["kB", 1e3] : bytes < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
    return `${this.#texts.number(bytes / /** @type {number} */ (divisor), { maximumFractionDigits: 1 })} ${unit}`;
  }
}

/** @param {DragEvent} event */
function hasFiles(event) {
  return event.dataTransfer?.types.includes("Files") === true;
}
