// @ts-check
// The panel of the room: the views to choose from, and the people. Main thread. Its button stands in the corner, with how many are here.

import { VIEWS } from "./layout.js";
import { el, icon, write } from "./dom.js";
import { PeopleList } from "./people.js";

/** @typedef {import("./layout.js").View} View */
/** @typedef {import("../texts.js").TextKey} TextKey */

/** @type {Record<View, TextKey>} */
const NAMES = { single: "room.single", grid: "room.grid", speaker: "room.speaker", side: "room.side" };
/** @type {Record<View, string>} */
const ICONS = {
  single: "M3 5h18v14H3z",
  grid: "M3 5h8v6H3zM13 5h8v6h-8zM3 13h8v6H3zM13 13h8v6h-8z",
  speaker: "M3 5h12v14H3zM17 5h4v4h-4zM17 10h4v4h-4zM17 15h4v4h-4z",
  side: "M3 6h8v12H3zM13 6h8v12h-8z",
};

export class RoomPanel {
  #texts;
  #people;
  #title = el("h2", { id: "room-title" });
  #close = el("button", { type: "button", class: "close", title: "" }, el("span", { "aria-hidden": "true" }, "×"));
  #tiles = el("div", { class: "tiles", role: "group", "aria-labelledby": "room-title" });
  #buttons = new Map(VIEWS.map((view) => [view, { button: el("button", { type: "button" }, icon(ICONS[view])), words: el("span") }]));
  #panel = el("div", { class: "panel", id: "panel-room", role: "dialog", "aria-labelledby": "room-title", tabindex: "-1", hidden: "" });
  #count = el("span", {});
  #purpose = el("span", { class: "spoken" });
  #opener = el("button", { type: "button", id: "tool-room", "aria-expanded": "false", "aria-controls": "panel-room" }, icon(ICONS.grid), this.#count, this.#purpose);

  /**
   * @param {import("../texts.js").Texts} texts
   * @param {import("../panels.js").Panels} panels
   * @param {{onView: (view: View) => void, onPick: (stream: string) => void}} acts
   */
  constructor(texts, panels, { onView, onPick }) {
    this.#texts = texts;
    this.#people = new PeopleList(texts, (stream) => (onPick(stream), panels.close()));
    for (const [view, { button, words }] of this.#buttons) {
      button.id = `view-${view}`;
      button.append(words);
      button.addEventListener("click", () => onView(view));
    }
    this.#tiles.append(...[...this.#buttons.values()].map(({ button }) => button));
    this.#panel.append(this.#title, this.#close, this.#tiles, this.#people.element);
    document.querySelector("main")?.append(this.#panel);
    document.getElementById("start")?.prepend(this.#opener);
    panels.add("room");
  }

  /**
   * @param {{view: View, names: Map<string, string>, roster: import("../../wire.js").Roster|null, talking: Set<number>}} how
   */
  show({ view, names, roster, talking }) {
    const texts = this.#texts;
    const here = roster ? roster.people.length + roster.others : 0;
    this.#opener.hidden = names.size < 2 && here < 2;
    write(this.#purpose, texts.of("room.open"));
    this.#opener.title = texts.of("room.open");
    write(this.#count, here > 1 ? texts.number(here) : "");
    write(this.#title, texts.of("room.title"));
    label(this.#close, texts.of("panel.close"));
    this.#tiles.hidden = names.size < 2;
    for (const [each, { button, words }] of this.#buttons) {
      write(words, texts.of(NAMES[each]));
      button.setAttribute("aria-pressed", String(each === view));
    }
    this.#people.show(roster ?? { type: "roster", you: 0, people: [], others: 0, forward: "", kept: [] }, talking, names);
  }
}

/** @param {HTMLElement} button @param {string} words */
function label(button, words) {
  button.setAttribute("aria-label", words);
  button.title = words;
}
