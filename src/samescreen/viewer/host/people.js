// @ts-check
// Who is here, who waits, and what they say: the rows of people, newcomers and lines, and the form that answers. Main thread.

import { byId } from "../app/memory.js";
import { askFirst } from "./deed.js";
import { Rows, el, write } from "./dom.js";
import { called, grantsWords, linkName, pictureWords } from "./facts.js";
import { rightsOf } from "./rights.js";

/** @typedef {import("./words.js").HostTexts} HostTexts */
/** @typedef {import("./deed.js").Deeds} Deeds */
/** @typedef {import("./facts.js").Person} Person */
/** @typedef {import("./facts.js").Newcomer} Newcomer */
/** @typedef {import("./facts.js").Line} Line */
/** @typedef {{link: string, link_name: string, network: string}} Held */
/** @typedef {{you: string, people: Person[], newcomers: Newcomer[], waiting: Held[], lines: Line[], requests: {person: string, grants: string[]}[], controller: string|null, talking: string[], voices_muted: string[], invited: {person: string, accepted: boolean}[]}} News */

export class People {
  #texts;
  #deeds;
  #you = "";
  /** The person that the next line goes to; null: everybody. @type {{person: string, name: string}|null} */ #to = null;
  #people;
  #newcomers;
  /** @type {Map<string, string[]>} what people ask for, by person */ #requests = new Map();
  /** @type {string|null} who has mouse and keyboard */ #controller = null;
  /** @type {Map<string, boolean>} who is asked to show something, and whether they agreed */ #invited = new Map();
  /** @type {Set<string>} who speaks now */ #talking = new Set();
  /** @type {Set<string>} whom the host has muted */ #muted = new Set();
  #held;
  #lines;

  /**
   * @param {HostTexts} texts
   * @param {Deeds} deeds
   */
  constructor(texts, deeds) {
    this.#texts = texts;
    this.#deeds = deeds;
    this.#people = new Rows(byId("people"), (each) => each.person, (person) => this.#person(person));
    this.#newcomers = new Rows(byId("newcomers"), (each) => each.person, (newcomer) => this.#newcomer(newcomer));
    this.#held = new Rows(byId("put-out"), (each) => `${each.link} ${each.network}`, (held) => this.#heldRow(held));
    this.#lines = new Rows(byId("lines"), (each) => String(each.line), (line) => this.#line(line));
    byId("say").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    byId("say-all").addEventListener("click", () => this.#answer(null));
    texts.addEventListener("change", () => this.#writeTo());
  }

  /** @param {News} news */
  show({ you, people, newcomers, waiting, lines, requests, controller, talking, voices_muted: muted, invited }) {
    this.#you = you;
    this.#controller = controller;
    this.#talking = new Set(talking);
    this.#muted = new Set(muted);
    this.#invited = new Map(invited.map(({ person, accepted }) => [person, accepted]));
    this.#requests = new Map(requests.map(({ person, grants }) => [person, grants]));
    byId("people-empty").hidden = people.length > 0;
    byId("door").hidden = newcomers.length === 0;
    this.#people.show(people);
    this.#newcomers.show(newcomers);
    this.#held.show(waiting);
    this.#lines.show(lines);
  }

  /** @param {Person} person @returns {import("./dom.js").Row<Person>} */
  #person(person) {
    const texts = this.#texts;
    const [name, hand, from, state] = [el("b"), el("span", { class: "hand" }), el("span", { class: "soft" }), el("span", { class: "soft" })];
    const lower = this.#button(() => this.#deeds.post("api/hands/lower", { person: person.person }));
    const answer = this.#button(() => this.#answer({ person: person.person, name: called(texts, person) }));
    const out = el("button", { type: "button", class: "plain danger" });
    const sure = askFirst(out, () => texts.of("people.out"), () => texts.of("people.out-sure"), () =>
      void this.#deeds.post("api/people/out", { person: person.person }));
    const asks = el("b", { class: "asks" });
    const yes = el("button", { type: "button", class: "primary", click: () => void this.#deeds.post("api/requests", { person: person.person, yes: true }) });
    const no = this.#button(() => this.#deeds.post("api/requests", { person: person.person, yes: false }));
    const takeBack = this.#button(() => this.#deeds.post("api/control/end", {}));
    const mute = this.#button(() => this.#deeds.post("api/voices/mute", { person: person.person, muted: !this.#muted.has(person.person) }));
    const show = this.#button(() => this.#deeds.post("api/people/show", { person: person.person, ask: !this.#invited.has(person.person) }));
    const rights = rightsOf(texts, this.#deeds, nameFor);
    const buttons = el("div", { class: "buttons" }, yes, no, takeBack, mute, lower, answer, show, rights.button, out);
    const who = el("div", { class: "who" }, el("span", { class: "named" }, name, hand), asks, from, state);
    const element = el("li", {}, who, buttons, rights.element);
    return {
      element,
      show: (now) => {
        person = now;
        rights.show(now);
        const isHost = now.grants.includes("host");
        write(name, called(texts, now));
        const isUp = now.hand_since_us !== null;
        element.classList.toggle("raised", isUp);
        write(hand, isUp ? texts.of("people.hand") : "");
        const you = now.person === this.#you ? [texts.of("people.you")] : [];
        write(from, [...you, ...(now.name ? [now.address] : []), linkName(texts, now.link_name)].join(" · "));
        write(state, stateWords(texts, now));
        const wanted = this.#requests.get(now.person);
        const acts = now.person === this.#controller;
        const grants = grantsWords(texts, wanted ?? []);
        const talks = this.#talking.has(now.person);
        const isMuted = this.#muted.has(now.person);
        const isInvited = this.#invited.has(now.person);
        const invited = this.#invited.get(now.person) ? "people.show-accepted" : "people.show-asked";
        const does = acts ? "people.acts" : isInvited ? invited : talks ? "people.talks" : isMuted ? "people.is-muted" : null;
        write(asks, wanted ? texts.of("people.asks", { grants }) : does ? texts.of(does) : "");
        nameFor(mute, texts.of(isMuted ? "people.unmute" : "people.mute"), called(texts, now));
        mute.hidden = !isMuted && !talks && !(now.grants.includes("talk") && !isHost);
        nameFor(show, texts.of(isInvited ? "people.show-back" : "people.show"), called(texts, now));
        show.hidden = isHost || (!isInvited && now.viewers.length === 0);
        nameFor(yes, texts.of("people.yes"), called(texts, now));
        nameFor(no, texts.of("people.no"), called(texts, now));
        nameFor(takeBack, texts.of("people.take-back"), called(texts, now));
        yes.hidden = no.hidden = !wanted;
        takeBack.hidden = !acts;
        asks.hidden = !wanted && does === null;
        nameFor(lower, texts.of("people.lower"), called(texts, now));
        nameFor(answer, texts.of("people.answer"), called(texts, now));
        sure.rename();
        out.setAttribute("aria-description", called(texts, now));
        lower.hidden = !isUp;
        answer.hidden = now.viewers.length === 0 || now.person === this.#you;
        out.hidden = isHost;
      },
    };
  }

  /** @param {Newcomer} newcomer @returns {import("./dom.js").Row<Newcomer>} */
  #newcomer(newcomer) {
    const who = el("b");
    const letIn = el("button", { type: "button", class: "primary", click: () => void this.#deeds.post("api/people/in", { person: newcomer.person }) });
    const away = this.#button(() => this.#deeds.post("api/people/out", { person: newcomer.person }));
    return {
      element: el("li", {}, el("div", { class: "who" }, who), el("div", { class: "buttons" }, letIn, away)),
      show: (now) => {
        const words = this.#texts.of("door.by", { address: now.address, link: linkName(this.#texts, now.link_name) });
        write(who, words);
        nameFor(letIn, this.#texts.of("door.in"), words);
        nameFor(away, this.#texts.of("door.away"), words);
      },
    };
  }

  /** @param {Held} held @returns {import("./dom.js").Row<Held>} */
  #heldRow(held) {
    const words = el("span", { class: "soft" });
    const back = this.#button(() => this.#deeds.post("api/people/back", { link: held.link, network: held.network }));
    return {
      element: el("li", {}, el("div", { class: "who" }, words), el("div", { class: "buttons" }, back)),
      show: (now) => {
        const said = this.#texts.of("people.held", { link: linkName(this.#texts, now.link_name), network: now.network });
        write(words, said);
        nameFor(back, this.#texts.of("people.back"), said);
      },
    };
  }

  /** @param {Line} line @returns {import("./dom.js").Row<Line>} */
  #line(line) {
    const [name, said] = [el("b"), el("span", { class: "said" })];
    const done = this.#button(() => this.#deeds.post("api/lines/done", { line: line.line }));
    const answer = this.#button(() => this.#answer({ person: line.person, name: called(this.#texts, line) }));
    return {
      element: el("li", {}, el("div", { class: "who" }, name, said), el("div", { class: "buttons" }, answer, done)),
      show: (now) => {
        line = now;
        write(name, called(this.#texts, now));
        write(said, now.text);
        nameFor(done, this.#texts.of("lines.done"), now.text);
        nameFor(answer, this.#texts.of("people.answer"), called(this.#texts, now));
        answer.hidden = !now.address; // they have left
      },
    };
  }

  /** @param {() => unknown} act */
  #button(act) {
    return el("button", { type: "button", class: "plain", click: () => void act() });
  }

  /** @param {{person: string, name: string}|null} to */
  #answer(to) {
    this.#to = to;
    this.#writeTo();
    byId("say-text").focus();
  }

  #writeTo() {
    write(byId("say-label"), this.#to ? this.#texts.of("say.one-label", this.#to.name) : this.#texts.of("say.all-label"));
    byId("say-all").hidden = this.#to === null;
  }

  async #send() {
    const input = /** @type {HTMLInputElement} */ (byId("say-text"));
    const text = input.value.trim();
    if (!text) return;
    const done = await this.#deeds.post("api/say", { text, ...(this.#to ? { person: this.#to.person } : {}) });
    if (!done) return;
    input.value = "";
    this.#answer(null);
    this.#deeds.say(this.#texts.of("say.sent"));
  }
}

/**
 * @param {HostTexts} texts
 * @param {Person} person
 */
function stateWords(texts, person) {
  if (person.link === "relay") return ""; // they watch there
  if (person.viewers.length === 0) return texts.of("people.not-watching");
  return person.viewers.map((watching) => pictureWords(texts, watching)).join(" / ");
}

/**
 * A button's words, and whom they are about for those who do not see the row. The visible words come first in the spoken name.
 * @param {HTMLElement} button
 * @param {string} words
 * @param {string} about
 */
export function nameFor(button, words, about) {
  write(button, words);
  const label = `${words}: ${about}`;
  if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
}
