// @ts-check
// How long it takes from a press to a picture of what it did. Either thread. Pure. Times are wall clock in ms, and the host's clock in µs.

import { median } from "./stats.js";

/** Pictures that may have been painted before the host's word that a press was carried out came. */
const MOST_PAINTED = 64;
const MOST_WAITING = 8;
/** A press that changed nothing must not be answered by a change of something else. */
const LONGEST_MS = 500;
const KEPT = 15;

/** @typedef {{atMs: number, hostUs: number}} Press  when it was sent, and when it was carried out */

export class Response {
  /** @type {{ptsUs: number, atMs: number}[]} */ #painted = [];
  /** @type {Press[]} */ #waiting = [];
  /** @type {number[]} */ #tookUs = [];

  /** The median of the last presses; null: nothing was measured. */
  get us() {
    return median([...this.#tookUs]);
  }

  /** @param {Press} press */
  carriedOut(press) {
    const first = this.#painted.find(({ ptsUs }) => ptsUs >= press.hostUs);
    if (first) this.#took(press, first.atMs);
    else this.#waiting = [...this.#waiting, press].slice(-MOST_WAITING);
  }

  /**
   * @param {number} ptsUs
   * @param {number} atMs
   */
  painted(ptsUs, atMs) {
    this.#painted = [...this.#painted, { ptsUs, atMs }].slice(-MOST_PAINTED);
    const answered = this.#waiting.filter(({ hostUs }) => ptsUs >= hostUs);
    if (answered.length === 0) return;
    this.#waiting = this.#waiting.filter(({ hostUs }) => ptsUs < hostUs);
    for (const press of answered) this.#took(press, atMs);
  }

  /** Pictures of another track have other times. */
  reset() {
    this.#painted = [];
    this.#waiting = [];
  }

  /**
   * @param {Press} press
   * @param {number} atMs
   */
  #took(press, atMs) {
    const tookMs = atMs - press.atMs;
    if (tookMs >= 0 && tookMs <= LONGEST_MS) this.#tookUs = [...this.#tookUs, tookMs * 1000].slice(-KEPT);
  }
}
