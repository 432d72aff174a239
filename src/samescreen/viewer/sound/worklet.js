// @ts-check
// Plays in the browser's audio thread: blocks come by message, leave 128 frames at a time. Reports the state of the buffer.

import { JitterBuffer } from "./jitter.js";

/** @typedef {{left: Float32Array, right: Float32Array, ptsUs: number}} Block */

/** TypeScript has no library for this scope. */
const scope = /** @type {any} */ (globalThis);
const REPORT_EVERY = 75; // of 128 frames: 200 ms

class SoundProcessor extends scope.AudioWorkletProcessor {
  #buffer = new JitterBuffer();
  #calls = 0;
  #isOpen = true;

  constructor() {
    super();
    this.port.onmessage = (/** @type {MessageEvent<Block|null>} */ { data }) => {
      if (data) this.#buffer.push(data.left, data.right, data.ptsUs);
      else this.#isOpen = false;
    };
  }

  /**
   * @param {Float32Array[][]} _
   * @param {Float32Array[][]} outputs
   */
  process(_, [[left, right]]) {
    this.#buffer.pull(left, right);
    this.#calls += 1;
    if (this.#calls % REPORT_EVERY === 0) {
      const { playingUs, targetMs, fill, underruns, jumps } = this.#buffer;
      this.port.postMessage({ playingUs, targetMs, fill, underruns, jumps });
    }
    return this.#isOpen;
  }
}

scope.registerProcessor("samescreen-sound", SoundProcessor);
