// @ts-check
// The microphone in the browser's audio thread: sends blocks of 20 ms at 48 kHz to the page.

import { Blocks } from "./blocks.js";

/** TypeScript has no library for this scope. */
const scope = /** @type {any} */ (globalThis);

class MicrophoneProcessor extends scope.AudioWorkletProcessor {
  #blocks = new Blocks(scope.sampleRate);
  #isOpen = true;

  constructor() {
    super();
    this.port.onmessage = () => (this.#isOpen = false);
  }

  /** @param {Float32Array[][]} inputs  some browsers give two equal channels for a mono microphone */
  process([[samples]]) {
    if (samples) for (const block of this.#blocks.take(samples)) this.port.postMessage(block, [block.buffer]);
    return this.#isOpen;
  }
}

scope.registerProcessor("samescreen-microphone", MicrophoneProcessor);
