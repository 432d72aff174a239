// @ts-check
// What this person says to the host: a raised hand, a name, one line at a time. Main thread. The host limits and shows; the page keeps
// nothing but the name, and says what became of a line.

import { byId, lasting } from "./memory.js";

/** @typedef {import("../wire.js").You} You */
/** @typedef {import("./texts.js").TextKey} TextKey */
/** @typedef {Pick<import("../viewer.js").Viewer, "setName"|"setHand"|"writeLine">} Speaker */

export const LONGEST_LINE = 300;
const FEW_LEFT = 50;
const ANSWER_MS = 5_000;

export class Talk {
  #texts;
  #speaker;
  /** @type {You|null} null: not connected */ #you = null;
  /** The host has not said yet whether it was shown this line. @type {{text: string, took: number}|null} */ #pending = null;
  /** @type {TextKey|null} */ #fate = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  #hand = byId("tool-hand");
  #line = /** @type {HTMLInputElement} */ (byId("line"));
  #name = /** @type {HTMLInputElement} */ (byId("name"));

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {() => Speaker|null} speaker  of the large picture
   */
  constructor(texts, speaker) {
    this.#texts = texts;
    this.#speaker = speaker;
    this.#name.value = lasting.recall("name") ?? "";
    this.#hand.addEventListener("click", () => this.toggleHand());
    byId("line-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#write();
    });
    byId("name-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#chooseName();
    });
    this.#name.addEventListener("change", () => this.#chooseName());
    this.#line.addEventListener("input", () => this.#draw());
    texts.addEventListener("change", () => this.#draw());
    this.#draw();
  }

  /** @param {You} you */
  show(you) {
    const isNew = this.#you === null;
    this.#you = you;
    if (this.#pending) this.#settle(you.took > this.#pending.took ? "talk.shown" : "talk.too-soon");
    // The host forgets a person who leaves; this page remembers the name.
    if (isNew && you.name === "" && this.#name.value.trim() !== "") this.#speaker()?.setName(this.#name.value.trim());
    if (you.name !== "" && this.#name !== document.activeElement) this.#name.value = you.name;
    this.#draw();
  }

  /** The connection is gone; the next one brings another `you`. */
  disconnected() {
    if (this.#you === null) return;
    this.#you = null;
    if (this.#pending) this.#settle("talk.lost");
    this.#draw();
  }

  /** Raises the hand, or takes it down. */
  toggleHand() {
    if (this.#you?.speaks) this.#speaker()?.setHand(!this.#you.hand);
  }

  #chooseName() {
    const name = this.#name.value.trim();
    lasting.remember("name", name || null);
    if (this.#you && name !== this.#you.name) this.#speaker()?.setName(name);
  }

  #write() {
    const text = this.#line.value.trim();
    if (text === "" || !this.#you?.speaks || this.#pending) return;
    this.#pending = { text, took: this.#you.took };
    this.#fate = null;
    this.#timer = setTimeout(() => this.#settle("talk.lost"), ANSWER_MS);
    this.#speaker()?.writeLine(text);
    this.#draw();
  }

  /** @param {TextKey} fate  what became of the line */
  #settle(fate) {
    clearTimeout(this.#timer);
    // A line that was not shown stays in the field, to be sent again.
    if (fate === "talk.shown" && this.#line.value.trim() === this.#pending?.text) this.#line.value = "";
    this.#pending = null;
    this.#fate = fate;
    this.#draw();
  }

  #draw() {
    const you = this.#you;
    const isUp = you?.hand === true;
    const speaks = you?.speaks === true;
    this.#texts.label(this.#hand, isUp ? "tool.hand-down" : "tool.hand");
    this.#hand.setAttribute("aria-pressed", String(isUp));
    this.#hand.setAttribute("aria-disabled", String(!speaks));
    this.#line.readOnly = !speaks;
    /** @type {HTMLButtonElement} */ (byId("line-send")).disabled = !speaks || this.#pending !== null || this.#line.value.trim() === "";
    const left = LONGEST_LINE - this.#line.value.length;
    byId("line-left").textContent = left <= FEW_LEFT ? this.#texts.of("talk.left", left) : "";
    const fate = you === null ? "talk.away" : !speaks ? "talk.off" : this.#fate;
    byId("line-fate").textContent = fate === null ? "" : this.#texts.of(fate);
    document.documentElement.dataset.hand = isUp ? "up" : "down";
  }
}
