// @ts-check
// What every worklet that plays does: blocks come by message (null: the end), samples leave 128 frames at a time, and the state of the player
// is reported. The browser's audio thread.

/** TypeScript has no library for this scope. */
const scope = /** @type {any} */ (globalThis);
const REPORT_EVERY = 75; // of 128 frames: 200 ms

/**
 * @param {string} name
 * @param {() => import("./node.js").Player<any, any>} newPlayer
 */
export function registerPlayer(name, newPlayer) {
  scope.registerProcessor(
    name,
    class extends scope.AudioWorkletProcessor {
      #player = newPlayer();
      #calls = 0;
      #isOpen = true;

      constructor() {
        super();
        this.port.onmessage = (/** @type {MessageEvent} */ { data }) => {
          if (data === null) this.#isOpen = false;
          else this.#player.take(data);
        };
      }

      /**
       * @param {Float32Array[][]} _
       * @param {Float32Array[][]} outputs
       */
      process(_, [channels]) {
        this.#player.pull(channels);
        this.#calls += 1;
        if (this.#calls % REPORT_EVERY === 0) this.port.postMessage(this.#player.state);
        return this.#isOpen;
      }
    },
  );
}
