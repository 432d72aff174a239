// @ts-check
// What stands over the large picture: its name, the pin, the host's button, and how to turn pages. Main thread. In the grid the large
// picture is a tile like the others, so a click anywhere on it chooses it; elsewhere clicks are the picture's.

import { el, icon, place, write } from "./dom.js";

/** @typedef {import("./tiles.js").Face} Face */
/** @typedef {import("./layout.js").View} View */
/**
 * @typedef {object} FrontActs
 * @property {(event: MouseEvent) => void} pick
 * @property {() => void} unpin
 * @property {() => void} act  the host's button
 * @property {(by: 1|-1) => void} turn
 */

/** The bar of tools and its margin. */
const BAR_PX = 76;

export class Front {
  #texts;
  #pick = el("button", { type: "button", class: "pick" });
  #name = el("span", { class: "name" });
  #words = el("span", { class: "words" });
  #pin = el("button", { type: "button", class: "pin", title: "" }, icon("M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v5"));
  #act = el("button", { type: "button", class: "wide" });
  #previous = el("button", { type: "button", title: "" }, icon("M14 6l-6 6 6 6"));
  #next = el("button", { type: "button", title: "" }, icon("M10 6l6 6-6 6"));
  #count = el("span", {});
  element = el("div", { id: "room-front", hidden: "" }, this.#pick, el("p", { class: "caption" }, this.#name, this.#words), el("div", { class: "acts" }, this.#act, this.#pin));
  pages = el("div", { id: "room-pages", role: "group", hidden: "" }, this.#previous, this.#count, this.#next);

  /** @param {import("../texts.js").Texts} texts @param {FrontActs} acts */
  constructor(texts, acts) {
    this.#texts = texts;
    this.#pick.addEventListener("click", (event) => acts.pick(event));
    this.#pin.addEventListener("click", () => acts.unpin());
    this.#act.addEventListener("click", () => acts.act());
    this.#previous.addEventListener("click", () => acts.turn(-1));
    this.#next.addEventListener("click", () => acts.turn(1));
  }

  /**
   * @param {{place: import("./layout.js").Place, face: Face}|null} large  null: nothing but the picture
   * @param {{view: View, isPinned: boolean, page: number, pages: number, below: number}} how  `below`: CSS pixels from the picture to the lower edge
   */
  show(large, { view, isPinned, page, pages, below }) {
    const texts = this.#texts;
    this.element.hidden = large === null;
    this.pages.hidden = pages < 2;
    this.pages.setAttribute("aria-label", texts.of("room.pages"));
    write(this.#count, `${texts.number(page + 1)}/${texts.number(pages)}`);
    label(this.#previous, texts.of("room.previous"), page === 0);
    label(this.#next, texts.of("room.next"), page === pages - 1);
    if (large === null) return;
    const { face } = large;
    place(this.element, large.place.box);
    // Otherwise the bar would come over the buttons as soon as the mouse moves to them.
    this.element.style.setProperty("--lift", `${Math.max(0, BAR_PX - below)}px`);
    write(this.#name, face.name);
    write(this.#words, face.words);
    this.element.classList.toggle("talking", face.isTalking);
    this.#pick.hidden = view !== "grid";
    this.#pick.setAttribute("aria-label", [face.name, face.words].filter(Boolean).join(" · "));
    this.#pin.hidden = view !== "speaker" || !isPinned;
    label(this.#pin, texts.of("room.unpin"), false);
    this.#act.hidden = face.act === null || view === "grid";
    write(this.#act, face.act ?? "");
    this.#act.setAttribute("aria-description", face.name);
  }
}

/** @param {HTMLElement} button @param {string} words @param {boolean} isOff */
function label(button, words, isOff) {
  button.setAttribute("aria-label", words);
  button.title = words;
  button.setAttribute("aria-disabled", String(isOff));
}
