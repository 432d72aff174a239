// @ts-check
// Panels above the bar: a button of the bar opens each of them, at most one is open. Main thread. It knows nothing of what is in them.
// An open panel has the keyboard's focus; Escape gives it back to the button.

import { byId } from "./memory.js";

/** @typedef {{button: HTMLElement, panel: HTMLElement, first: HTMLElement, back: HTMLElement}} Entry */

/** Dispatches "change" when a panel opens or closes. */
export class Panels extends EventTarget {
  /** @type {Map<string, Entry>} */ #entries = new Map();
  #open = "";

  constructor() {
    super();
    byId("stage").addEventListener("pointerdown", () => this.close());
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#open === "") return;
      event.preventDefault();
      const { back } = /** @type {Entry} */ (this.#entries.get(this.#open));
      this.close();
      back.focus();
    });
  }

  /** Name of the open panel, or "". */
  get open() {
    return this.#open;
  }

  /**
   * @param {string} name  index.html has #tool-NAME, which opens, and #panel-NAME
   * @param {{first?: string, back?: string}} [focus]  ids: what gets the focus, by default the panel; and what gets it afterwards, by
   *   default the button
   */
  add(name, { first = `panel-${name}`, back = `tool-${name}` } = {}) {
    const entry = { button: byId(`tool-${name}`), panel: byId(`panel-${name}`), first: byId(first), back: byId(back) };
    this.#entries.set(name, entry);
    entry.button.addEventListener("click", () => this.toggle(name));
    byId(`panel-${name}`).querySelector(".close")?.addEventListener("click", () => (this.close(), entry.back.focus()));
  }

  /** @param {string} name */
  toggle(name) {
    if (this.#open === name) this.close();
    else this.#show(name);
  }

  close() {
    this.#show("");
  }

  /** @param {string} name  "" = none */
  #show(name) {
    if (name === this.#open) return;
    this.#open = name;
    for (const [each, { button, panel, first }] of this.#entries) {
      panel.hidden = each !== name;
      button.setAttribute("aria-expanded", String(each === name));
      if (each === name) first.focus({ preventScroll: true });
    }
    this.dispatchEvent(new Event("change"));
  }
}
