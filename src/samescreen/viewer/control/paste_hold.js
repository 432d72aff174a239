// @ts-check
// Holds back the keys of a paste, and everything after them, until the host has what is pasted: otherwise a program there would paste
// what it copied before. Main thread.

/** @typedef {import("./wire.js").InputEvent} InputEvent */
/** @typedef {{buttons: number, codes: number[]}} HeldSet */

// A browser reports the paste right after the key. If it reports none, the key goes on alone.
export const PASTE_MS = 100;

/**
 * Whether the browser pastes at this key.
 * @param {Pick<KeyboardEvent, "key"|"code"|"ctrlKey"|"metaKey"|"altKey"|"shiftKey">} event
 */
export function isPaste({ key, code, ctrlKey, metaKey, altKey, shiftKey }) {
  if (altKey) return false;
  const isV = key.toLowerCase() === "v" || (code === "KeyV" && !/^[\x20-\x7e]$/u.test(key));
  return ((ctrlKey || metaKey) && isV) || (shiftKey && !ctrlKey && key === "Insert");
}

export class PasteHold {
  #send;
  /** Events that wait; null: nothing is held back. @type {InputEvent[]|null} */ #waiting = null;
  /** Of the paste. @type {InputEvent[]} */ #keys = [];
  /** What was down when it began. @type {HeldSet|null} */ #held = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  #turn = 0;

  /** @param {(events: InputEvent[]) => void} send */
  constructor(send) {
    this.#send = send;
  }

  /** What the host must believe to be down; null: what is down. */
  get held() {
    return this.#held;
  }

  /**
   * Sends these, or keeps them until the paste is settled.
   * @param {InputEvent[]} events
   */
  send(events) {
    if (this.#waiting) this.#waiting.push(...events);
    else this.#send(events);
  }

  /**
   * The keys of a paste went down.
   * @param {InputEvent[]} keys
   * @param {HeldSet} held  before them
   */
  begin(keys, held) {
    if (this.#waiting) return void this.#waiting.push(...keys);
    this.#waiting = [];
    this.#keys = keys;
    this.#held = held;
    this.#turn += 1;
    this.#timer = setTimeout(() => this.#end(true), PASTE_MS);
  }

  /**
   * The browser says what is pasted.
   * @param {Promise<boolean>|null} sent  whether the host has it; null: nothing that it could have
   */
  async pasted(sent) {
    if (!this.#waiting) return;
    clearTimeout(this.#timer);
    const turn = this.#turn;
    const isThere = sent === null || (await sent);
    if (turn === this.#turn) this.#end(isThere);
  }

  /** Everything is let go: what waited does not count. */
  drop() {
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.#waiting = this.#held = null;
  }

  /** @param {boolean} isThere  otherwise a program would paste something else, so the keys are left out */
  #end(isThere) {
    const waiting = this.#waiting ?? [];
    const keys = isThere ? this.#keys : [];
    this.drop();
    if (keys.length + waiting.length > 0) this.#send([...keys, ...waiting]);
  }
}
