// @ts-check
// Who takes part, as a list: who talks, is muted, shows something, watches. Main thread. It knows what the host says and nothing else.

import { el, write } from "./dom.js";

/** @typedef {import("../../wire.js").Roster} Roster */
/** @typedef {import("../../wire.js").Present} Present */
/** @typedef {import("../texts.js").Texts} Texts */

/**
 * @param {Texts} texts
 * @param {Present} person
 */
export function nameOf(texts, { name, host, person }) {
  return name || (host ? texts.of("room.host") : texts.of("room.nameless", person));
}

/**
 * What stands after a name.
 * @param {Texts} texts
 * @param {Present} person
 * @param {{isYou: boolean, isTalking: boolean}} how
 */
export function wordsOf(texts, person, { isYou, isTalking }) {
  return [
    isYou ? texts.of("room.you") : "",
    person.host && person.name ? texts.of("room.host") : "",
    person.muted ? texts.of("voice.is-muted") : isTalking ? texts.of("voice.is-talking") : "",
    person.watches ? "" : texts.of("room.watches-not"),
  ].filter(Boolean);
}

export class PeopleList {
  #texts;
  #onPick;
  #title = el("h3");
  #list = el("ul", { id: "room-people" });
  #others = el("p", { class: "note" });
  element = el("section", {}, this.#title, this.#list, this.#others);
  #drawn = "";

  /**
   * @param {Texts} texts
   * @param {(stream: string) => void} onPick  a stream that somebody shows is to be large
   */
  constructor(texts, onPick) {
    this.#texts = texts;
    this.#onPick = onPick;
  }

  /**
   * @param {Roster} roster
   * @param {Set<number>} talking  numbers of voices
   * @param {Map<string, string>} names  of the streams
   */
  show({ you, people, others }, talking, names) {
    const texts = this.#texts;
    const rows = people.map((person) => ({
      name: nameOf(texts, person),
      words: wordsOf(texts, person, { isYou: person.person === you, isTalking: talking.has(person.voice) }),
      isTalking: talking.has(person.voice) && !person.muted,
      shows: person.shows.filter((stream) => names.has(stream)).map((stream) => ({ stream, name: names.get(stream) ?? "" })),
    }));
    write(this.#title, texts.of("room.people", people.length));
    write(this.#others, others > 0 ? texts.of("room.others", others) : "");
    // A button that has the focus stays while nothing changed.
    const drawn = JSON.stringify([rows, texts.tag]);
    if (drawn !== this.#drawn) this.#list.replaceChildren(...rows.map((row) => this.#row(row)));
    this.#drawn = drawn;
    this.element.hidden = people.length + others < 2;
  }

  /** @param {{name: string, words: string[], isTalking: boolean, shows: {stream: string, name: string}[]}} row */
  #row({ name, words, isTalking, shows }) {
    const buttons = shows.map(({ stream, name: shown }) => {
      const button = el("button", { type: "button", class: "small", "aria-label": `${this.#texts.of("room.large")}: ${shown}` }, shortened(shown, name));
      button.addEventListener("click", () => this.#onPick(stream));
      return button;
    });
    const who = el("span", { class: "who" }, el("b", {}, name), ...(words.length > 0 ? [el("small", {}, words.join(" · "))] : []));
    return el("li", isTalking ? { class: "talking" } : {}, who, ...buttons);
  }
}

/** Streams of a person are named "Ann · camera"; beside her name the second half is enough. @param {string} shown @param {string} name */
function shortened(shown, name) {
  const [first, ...rest] = shown.split(" · ");
  return first === name && rest.length > 0 ? rest.join(" · ") : shown;
}
