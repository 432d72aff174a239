// @ts-check
// Cuts what a microphone gives into blocks of 20 ms at 48 kHz, whatever its rate is. Pure. Runs in the audio thread.
//
// Browsers disagree about contexts whose rate is not the microphone's (Firefox throws), so the context keeps its own rate, and this
// brings it to 48 kHz by straight lines between samples: enough for speech.

import { VOICE_FRAMES, VOICE_RATE } from "./wire.js";

export class Blocks {
  #step;
  #block = new Float32Array(VOICE_FRAMES);
  #filled = 0;
  /** Of the next sample, from the last of the part before; -1 to 0 is between both parts. */ #position = 0;
  #before = 0;

  /** @param {number} rate  of the samples */
  constructor(rate) {
    this.#step = rate / VOICE_RATE;
  }

  /**
   * The blocks that these samples complete, each of its own memory.
   * @param {Float32Array} samples
   * @returns {Float32Array[]}
   */
  take(samples) {
    /** @type {Float32Array[]} */
    const blocks = [];
    for (; this.#position <= samples.length - 1; this.#position += this.#step) {
      this.#block[this.#filled] = this.#at(samples, this.#position);
      this.#filled += 1;
      if (this.#filled < VOICE_FRAMES) continue;
      blocks.push(this.#block);
      this.#block = new Float32Array(VOICE_FRAMES);
      this.#filled = 0;
    }
    this.#position -= samples.length;
    if (samples.length > 0) this.#before = samples[samples.length - 1];
    return blocks;
  }

  /**
   * @param {Float32Array} samples
   * @param {number} position
   */
  #at(samples, position) {
    const whole = Math.floor(position);
    const part = position - whole;
    const now = whole < 0 ? this.#before : samples[whole];
    return part === 0 ? now : now + part * (samples[whole + 1] - now);
  }
}
