// @ts-check
// Plays voices in the browser's audio thread. Blocks come by message, one mono channel leaves, 128 frames at a time.

import { Mixer } from "./mixer.js";

/** TypeScript has no library for this scope. */
const scope = /** @type {any} */ (globalThis);
const REPORT_EVERY = 75; // of 128 frames: 200 ms

class VoicesProcessor extends scope.AudioWorkletProcessor {
  #mixer = new Mixer();
  #calls = 0;
  #isOpen = true;

  constructor() {
    super();
    this.port.onmessage = (/** @type {MessageEvent<import("./mixer.js").VoiceBlock|number|null>} */ { data }) => {
      if (data === null) this.#isOpen = false;
      else if (typeof data === "number") this.#mixer.forget(data);
      else this.#mixer.push(data);
    };
  }

  /**
   * @param {Float32Array[][]} _
   * @param {Float32Array[][]} outputs
   */
  process(_, [[output]]) {
    this.#mixer.pull(output);
    this.#calls += 1;
    if (this.#calls % REPORT_EVERY === 0) this.port.postMessage(this.#mixer.state);
    return this.#isOpen;
  }
}

scope.registerProcessor("samescreen-voices", VoicesProcessor);
