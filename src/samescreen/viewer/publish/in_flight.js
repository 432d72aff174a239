// @ts-check
// The frames inside an encoder: submitted and not out yet. Either thread. Pure: time is an argument.
// encodeQueueSize may stay 0 or never fall (w3c/webcodecs#864), so the page counts by timestamps.

/** An entry counts for so long: encoders drop frames without a word. */
const FORGET_MS = 1_000;
/** Nothing has come out for so long: the encoder is stuck. */
export const FIRST_OUT_MS = 3_000;
export const STUCK_MS = 1_500;
const STUCK_FRAMES = 3;

export class InFlight {
  /** When each was submitted, by timestamp. @type {Map<number, number>} */ #frames = new Map();
  #limit;
  /** When the oldest was submitted after which nothing has come out. @type {number|null} */ #waitingMs = null;
  /** Submitted since something came out. */ #silent = 0;
  #hasOutput = false;

  /** @param {number} lag  frames that this encoder keeps inside, measured by the probe */
  constructor(lag) {
    this.#limit = 2 + lag;
  }

  /** @param {number} timestampUs @param {number} nowMs */
  submitted(timestampUs, nowMs) {
    this.#frames.set(timestampUs, nowMs);
    this.#waitingMs ??= nowMs;
    this.#silent += 1;
  }

  /** @param {number} timestampUs */
  emitted(timestampUs) {
    for (const each of this.#frames.keys()) if (each <= timestampUs) this.#frames.delete(each);
    this.#waitingMs = null;
    this.#silent = 0;
    this.#hasOutput = true;
  }

  /** Whether another frame may go in. @param {number} nowMs */
  hasRoom(nowMs) {
    for (const [timestamp, atMs] of this.#frames) if (nowMs - atMs > FORGET_MS) this.#frames.delete(timestamp);
    return this.#frames.size < this.#limit;
  }

  /** Whether the encoder must be built anew. @param {number} nowMs */
  isStuck(nowMs) {
    if (this.#silent < STUCK_FRAMES) return false; // an encoder may drop a frame of a screen at rest
    return this.#waitingMs !== null && nowMs - this.#waitingMs > (this.#hasOutput ? STUCK_MS : FIRST_OUT_MS);
  }
}
