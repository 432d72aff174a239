// @ts-check
// What is shared: each source with its limits, ending one, and sharing another. Main thread.

import { byId } from "../app/memory.js";
import { askFirst } from "./deed.js";
import { Rows, el, offer, write } from "./dom.js";
import { rateWords, streamWords } from "./facts.js";

/** @typedef {import("./words.js").HostTexts} HostTexts */
/** @typedef {import("./deed.js").Deeds} Deeds */
/** @typedef {import("./facts.js").Shared} Shared */

const FPS = [5, 10, 15, 30, 60, 120];
const QUALITIES = [30, 45, 60, 75, 90, 100];
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

/**
 * The choices, with the one that holds now: a program may have named another number.
 * @param {number[]} offered
 * @param {number|null} now
 * @returns {[string, string][]}
 */
export function numbers(offered, now) {
  const all = now === null || offered.includes(now) ? offered : [...offered, now].sort((a, b) => a - b);
  return all.map((n) => [String(n), String(n)]);
}

/** @param {HTMLSelectElement} select */
function numberIn(select) {
  return select.value ? Number(select.value) : null;
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
    const forward = el("button", { type: "button", class: "plain", click: () => void this.#deeds.post("api/streams/forward", { stream: shared.forward ? "" : shared.stream }) });
    const limit = () => ({ stream: shared.stream, fps: numberIn(fps), max_bitrate: rate.value || null, quality: numberIn(quality) });
    const change = () => void this.#deeds.post("api/streams/limit", limit());
    const fps = /** @type {HTMLSelectElement} */ (el("select", { change }));
    const rate = /** @type {HTMLSelectElement} */ (el("select", { change }));
    const quality = /** @type {HTMLSelectElement} */ (el("select", { change }));
    const [fpsName, rateName, qualityName] = [el("span"), el("span"), el("span")];
    const limits = el("div", { class: "fields" }, el("label", {}, fpsName, fps), el("label", {}, rateName, rate), el("label", {}, qualityName, quality));
    return {
      element: el("li", {}, el("div", { class: "who" }, name, words), el("div", { class: "buttons" }, forward, end), limits),
      show: (now) => {
        shared = now;
        write(name, now.name);
        write(words, now.kept && !now.forward ? `${texts.of("streams.kept")} · ${streamWords(texts, now)}` : streamWords(texts, now));
        write(forward, texts.of(now.forward ? "streams.back" : "streams.forward"));
        forward.setAttribute("aria-pressed", String(now.forward));
        forward.setAttribute("aria-description", now.name);
        forward.hidden = !now.forward && !now.kept && this.#streams.length < 2;
        sure.rename();
        end.setAttribute("aria-description", now.name);
        write(fpsName, texts.of("streams.fps"));
        write(rateName, texts.of("streams.bitrate"));
        write(qualityName, texts.of("streams.quality"));
        const asStarted = texts.of("streams.as-started");
        offer(fps, [["", asStarted], ...numbers(framesBelow(now.most_fps), now.limit.fps)], String(now.limit.fps ?? ""));
        offer(quality, [["", asStarted], ...numbers(QUALITIES, now.limit.quality)], String(now.limit.quality ?? ""));
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
