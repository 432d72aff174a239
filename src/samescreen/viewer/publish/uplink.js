// @ts-check
// How much may go up now: what is not acknowledged yet, and the bitrate that the way up carries. Either thread. Pure: time is an argument.
// `got` is the only true measure: bufferedAmount says nothing about what the browser's other processes and the kernel hold.

/** Stop encoding when this much of a second's target waits, and go on at that much. */
const STOP_S = 0.5;
const GO_ON_S = 0.25;
/** Always let so many bytes wait: a keyframe of a screen. */
const LEAST_BYTES = 48 * 1024;
const LOWER = 0.7;
const RAISE = 1.08;
const RAISE_EVERY_MS = 2_000;
const LOWER_EVERY_MS = 500;
export const LEAST_BPS = 150_000;

export class Uplink {
  #sent = 0;
  #got = 0;
  #isOpen = true;
  #most;
  #bps;
  #changedMs = -Infinity;

  /** @param {number} mostBps  the bitrate to begin with; it is never higher */
  constructor(mostBps) {
    this.#most = mostBps;
    this.#bps = mostBps;
  }

  /** What the way up carries, as far as is known. */
  get bitrateBps() {
    return this.#bps;
  }

  /** Bytes that the host has not acknowledged. */
  get waitingBytes() {
    return this.#sent - this.#got;
  }

  /** @param {number} bytes  of media that went into the socket */
  sent(bytes) {
    this.#sent += bytes;
  }

  /** @param {number} bytes  of media that the host has got since the connection began */
  got(bytes) {
    this.#got = Math.max(this.#got, Math.min(bytes, this.#sent));
  }

  /**
   * Whether another picture may be encoded now.
   * @param {number} nowMs
   * @param {number} bufferedBytes  of the socket
   */
  hasRoom(nowMs, bufferedBytes) {
    const waiting = Math.max(this.waitingBytes, bufferedBytes);
    const limit = Math.max(LEAST_BYTES, (this.#bps / 8) * (this.#isOpen ? STOP_S : GO_ON_S));
    const isOpen = waiting < limit;
    if (!isOpen && this.#isOpen) this.#lower(nowMs);
    this.#isOpen = isOpen;
    return isOpen;
  }

  /** Call it a few times a second while pictures go up. @param {number} nowMs */
  tick(nowMs) {
    if (!this.#isOpen || this.#bps >= this.#most || nowMs - this.#changedMs < RAISE_EVERY_MS) return;
    if (this.waitingBytes > (this.#bps / 8) * GO_ON_S) return;
    this.#bps = Math.min(this.#most, this.#bps * RAISE);
    this.#changedMs = nowMs;
  }

  /** @param {number} nowMs */
  #lower(nowMs) {
    if (nowMs - this.#changedMs < LOWER_EVERY_MS) return;
    this.#bps = Math.max(LEAST_BPS, this.#bps * LOWER);
    this.#changedMs = nowMs;
  }
}
