// @ts-check
// Who talks now, and since when. Time is an argument, in milliseconds; the only timer is `later`. Main thread.

import { PATIENCE_MS } from "./choice.js";

/** @typedef {import("../../wire.js").Speaker} Speaker */
/** @typedef {import("../../wire.js").Present} Present */

export class Turns {
  /** By the number of the voice. @type {Map<number, number>} */ #sinceMs = new Map();
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;

  /** @param {Speaker[]} speakers  as the host lists them now @param {number} nowMs */
  heard(speakers, nowMs) {
    const talking = speakers.filter((each) => each.talking && !each.muted).map(({ speaker }) => speaker);
    this.#sinceMs = new Map(talking.map((speaker) => [speaker, this.#sinceMs.get(speaker) ?? nowMs]));
  }

  /** The numbers of the voices that talk. */
  get numbers() {
    return new Set(this.#sinceMs.keys());
  }

  /**
   * Whoever talks and shows something, who began first.
   * @param {Present[]} people
   * @returns {import("./choice.js").Talking[]}
   */
  talking(people) {
    const found = people.filter(({ voice, shows }) => shows.length > 0 && this.#sinceMs.has(voice));
    return found.map(({ voice, shows }) => ({ shows, sinceMs: this.#sinceMs.get(voice) ?? 0 })).sort((a, b) => a.sinceMs - b.sinceMs);
  }

  /** Calls when the next of them has talked for long enough. @param {number} nowMs @param {() => void} draw */
  later(nowMs, draw) {
    const waits = [...this.#sinceMs.values()].map((sinceMs) => sinceMs + PATIENCE_MS - nowMs).filter((ms) => ms > 0);
    clearTimeout(this.#timer);
    if (waits.length > 0) this.#timer = setTimeout(draw, Math.min(...waits) + 1);
  }
}
