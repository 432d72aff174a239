// @ts-check
// How deep the jitter buffer of one speaker must be. Pure: time is an argument.
//
// A packet's place in time is its sequence number. How much later than the quickest packet it came is its delay; the buffer must hold
// what 95 % of the last ten seconds' packets needed. TCP loses nothing, it only stalls: rare stalls are skipped, frequent ones are held.

import { SEQUENCES, VOICE_MS } from "./wire.js";

export const LEAST_MS = 40;
export const MOST_MS = 200;
/** One packet, because the next one is played while it arrives, and the beat of the sound card. */
const MARGIN_MS = VOICE_MS + 10;
const WINDOW = 500;
const SHARE = 0.95;

export class Arrivals {
  /** Of the last packets, over all that this person said. @type {number[]} */ #delays = [];
  /** Arrival minus place, of the last packets since they began to speak. @type {number[]} */ #offsets = [];
  #last = 0;
  #place = 0;

  /**
   * @param {number} sequence
   * @param {boolean} begins  the sequence before does not count
   * @param {number} nowMs
   */
  arrived(sequence, begins, nowMs) {
    const steps = (sequence - this.#last + SEQUENCES) % SEQUENCES;
    if (begins || this.#offsets.length === 0 || steps >= SEQUENCES / 2) {
      this.#offsets = [];
      this.#place = 0;
    } else {
      this.#place += steps * VOICE_MS;
    }
    this.#last = sequence;
    const offset = nowMs - this.#place;
    push(this.#offsets, offset);
    push(this.#delays, offset - Math.min(...this.#offsets));
  }

  /** 40 to 200. */
  get depthMs() {
    const sorted = [...this.#delays].sort((one, other) => one - other);
    const needed = sorted[Math.floor(SHARE * (sorted.length - 1))] ?? 0;
    return Math.max(LEAST_MS, Math.min(MOST_MS, needed + MARGIN_MS));
  }
}

/**
 * @param {number[]} list
 * @param {number} value
 */
function push(list, value) {
  list.push(value);
  if (list.length > WINDOW) list.shift();
}
