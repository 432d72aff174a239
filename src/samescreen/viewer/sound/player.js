// @ts-check
// The host's sound through one jitter buffer. Pure; runs where node.js says.

import { JitterBuffer } from "./jitter.js";

/** @typedef {{left: Float32Array, right: Float32Array, ptsUs: number}} Block */
/** @typedef {{playingUs: number|null, targetMs: number, fill: number, underruns: number, jumps: number}} Playing */

export class SoundPlayer {
  #buffer = new JitterBuffer();

  /** @param {Block} block */
  take({ left, right, ptsUs }) {
    this.#buffer.push(left, right, ptsUs);
  }

  /** @param {Float32Array[]} channels */
  pull([left, right]) {
    this.#buffer.pull(left, right);
  }

  /** @returns {Playing|null} */
  get state() {
    const { playingUs, targetMs, fill, underruns, jumps } = this.#buffer;
    return { playingUs, targetMs, fill, underruns, jumps };
  }
}
