// @ts-check
// What is shared: each source with its limits, ending one, and sharing another. Main thread.

import { byId } from "../app/memory.js";
import { askFirst } from "./deed.js";
import { Rows, el, write } from "./dom.js";
import { rateWords, streamWords } from "./facts.js";

/** @typedef {import("./words.js").HostTexts} HostTexts */
/** @typedef {import("./deed.js").Deeds} Deeds */
/** @typedef {import("./facts.js").Shared} Shared */

const FPS = [5, 10, 15, 30, 60, 120];
const BITRATES = ["500k", "1M", "2M", "5M", "10M", "20M", "50M"];

/**
 * The choices below what the host started with.
 * @param {number|null} most
 */
export function framesBelow(most) {
  return FPS.filter((fps) => most !== null && fps < most);
}

/** @param {string} rate  such as 5M or 500k */
export function bps(rate) {
  return Number.parseInt(rate, 10) * (rate.endsWith("M") ? 1e6 : 1e3);
}

/** @param {number|null} most */
export function ratesBelow(most) {
  return BITRATES.filter((rate) => most !== null && bps(rate) < most);
}

export class Streams {
  #texts;
  #deeds;
  #rows;
  #source = /** @type {HTMLInputElement} */ (byId("source"));
  #where = /** @type {HTMLSelectElement} */ (byId("share-where"));
  /** @type {readonly Shared[]} */ #streams = [];
  #listedMs = -Infinity;

  /**
   * @param {HostTexts} texts
   * @param {Deeds} deeds
   */
  constructor(texts, deeds) {
    this.#texts = texts;
    this.#deeds = deeds;
    this.#rows = new Rows(byId("shared"), (/** @type {Shared} */ each) => each.stream, (shared) => this.#row(shared));
    this.#source.addEventListener("focus", () => void this.#list());
    byId("share").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#share();
    });
    texts.addEventListener("change", () => this.#listPlaces());
  }

  /** @param {{streams: Shared[], can_change_streams: boolean}} news */
  show({ streams, can_change_streams: canChange }) {
    this.#streams = streams;
    this.#rows.show(streams);
    byId("shared-empty").hidden = streams.length > 0;
    byId("share").hidden = !canChange;
    this.#listPlaces();
  }

  /** @param {Shared} shared @returns {import("./dom.js").Row<Shared>} */
  #row(shared) {
    const texts = this.#texts;
    const [name, words] = [el("b"), el("span", { class: "soft" })];
    const end = el("button", { type: "button", class: "plain danger" });
    const sure = askFirst(end, () => texts.of("streams.end"), () => texts.of("people.out-sure"), () => void this.#deeds.post("api/streams/end", { stream: shared.stream }));
    const limit = () => ({ stream: shared.stream, fps: fps.value ? Number(fps.value) : null, max_bitrate: rate.value || null });
    const change = () => void this.#deeds.post("api/streams/limit", limit());
    const fps = /** @type {HTMLSelectElement} */ (el("select", { change }));
    const rate = /** @type {HTMLSelectElement} */ (el("select", { change }));
    const [fpsName, rateName] = [el("span"), el("span")];
    const limits = el("div", { class: "fields" }, el("label", {}, fpsName, fps), el("label", {}, rateName, rate));
    return {
      element: el("li", {}, el("div", { class: "who" }, name, words), el("div", { class: "buttons" }, end), limits),
      show: (now) => {
        shared = now;
        write(name, now.name);
        write(words, streamWords(texts, now));
        sure.rename();
        end.setAttribute("aria-description", now.name);
        write(fpsName, texts.of("streams.fps"));
        write(rateName, texts.of("streams.bitrate"));
        const asStarted = texts.of("streams.as-started");
        offer(fps, [["", asStarted], ...framesBelow(now.most_fps).map((n) => /** @type {[string, string]} */ ([String(n), String(n)]))], String(now.limit.fps ?? ""));
        const held = ratesBelow(now.most_bps).find((each) => bps(each) === now.limit.max_bitrate_bps);
        offer(rate, [["", asStarted], ...ratesBelow(now.most_bps).map((each) => /** @type {[string, string]} */ ([each, rateWords(bps(each))]))], held ?? "");
        limits.hidden = now.most_fps === null;
      },
    };
  }

  #listPlaces() {
    const places = this.#streams.map(({ stream, name }) => /** @type {[string, string]} */ ([stream, this.#texts.of("share.instead", name)]));
    offer(this.#where, [...places, ["", this.#texts.of("share.more")]], null);
  }

  /** Asks for the sources when somebody is about to choose one: to list them may take a second. */
  async #list() {
    if (performance.now() - this.#listedMs < 5000) return;
    this.#listedMs = performance.now();
    const answer = await this.#deeds.get("api/sources");
    const sources = /** @type {{source: string, description: string}[]} */ (answer?.sources ?? []);
    byId("sources").replaceChildren(...sources.map(({ source, description }) => el("option", { value: source }, description)));
  }

  async #share() {
    const source = this.#source.value.trim();
    if (!source) return this.#deeds.say(this.#texts.of("share.empty"));
    const answer = await this.#deeds.post("api/streams", { source, stream: this.#where.value });
    if (answer) this.#source.value = "";
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {[string, string][]} choices  value and words
 * @param {string|null} chosen  null: what was chosen stays
 */
function offer(select, choices, chosen) {
  const key = JSON.stringify(choices);
  const before = select.value;
  if (select.dataset.choices !== key) {
    select.dataset.choices = key;
    select.replaceChildren(...choices.map(([value, words]) => el("option", { value }, words)));
    if (chosen === null && choices.some(([value]) => value === before)) select.value = before;
  }
  if (chosen !== null && document.activeElement !== select) select.value = chosen;
}
