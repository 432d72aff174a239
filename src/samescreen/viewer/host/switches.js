// @ts-check
// The eight switches over what goes out and who comes in. Each is a toggle button; what it does now stands below. Main thread.

import { byId } from "../app/memory.js";
import { el, write } from "./dom.js";

/** @typedef {"paused"|"blanked"|"muted"|"locked"|"approve"|"hands"|"ink"|"voices"} Name */
/** @typedef {{broadcast: {paused: boolean, blanked: boolean, muted: boolean}, locked: boolean, approve: boolean, hands: boolean, ink: boolean, voices: boolean}} News */

/** @type {Record<Name, string>} */
const PATHS = {
  paused: "api/broadcast",
  blanked: "api/broadcast",
  muted: "api/broadcast",
  locked: "api/lock",
  approve: "api/approve",
  hands: "api/hands",
  ink: "api/ink",
  voices: "api/voices",
};
/** These say something while they are off. */
const SAID_WHEN_OFF = new Set(["hands", "ink", "voices"]);
const NAMES = /** @type {Name[]} */ (Object.keys(PATHS));

/**
 * @param {News} news
 * @param {Name} name
 */
export function isOn(news, name) {
  return name === "paused" || name === "blanked" || name === "muted" ? news.broadcast[name] : news[name];
}

export class Switches {
  #texts;
  /** @type {Map<Name, HTMLElement>} */ #buttons = new Map();
  #notes = el("div", { class: "notes" });

  /**
   * @param {import("./words.js").HostTexts} texts
   * @param {import("./deed.js").Deeds} deeds
   */
  constructor(texts, deeds) {
    this.#texts = texts;
    for (const name of NAMES) {
      const button = el("button", { type: "button", class: "toggle", "aria-pressed": "false", id: `switch-${name}` });
      button.addEventListener("click", () => {
        // The host's answer is what counts; until then the button shows what was pressed.
        const wanted = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(wanted));
        void deeds.post(PATHS[name], { [name]: wanted });
      });
      this.#buttons.set(name, button);
    }
    byId("switches").append(el("div", { class: "toggles" }, ...this.#buttons.values()), this.#notes);
    this.#rename();
    texts.addEventListener("change", () => this.#rename());
  }

  /** @param {News} news */
  show(news) {
    for (const [name, button] of this.#buttons) button.setAttribute("aria-pressed", String(isOn(news, name)));
    const notes = NAMES.filter((name) => isOn(news, name) !== SAID_WHEN_OFF.has(name)).map((name) =>
      this.#texts.of(/** @type {import("./words.js").HostKey} */ (`switch.${name}.${SAID_WHEN_OFF.has(name) ? "off" : "on"}`)),
    );
    write(this.#notes, notes.join(this.#texts.language === "zh" ? "" : " "));
  }

  #rename() {
    for (const [name, button] of this.#buttons) write(button, this.#texts.of(`switch.${name}`));
  }
}
