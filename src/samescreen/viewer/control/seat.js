// @ts-check
// The socket of input: takes control when it opens, gives it back when it closes. Main thread, so that nothing waits behind decoding.
// It sends moves at most every 4 ms, everything else at once, and repeats what is held eleven times a second.

import { Socket } from "../socket.js";
import { CLOSE, ProtocolError, messageFromText } from "../wire.js";
import { inputMessage } from "./wire.js";

/** @typedef {import("./wire.js").InputEvent} InputEvent */
/** @typedef {import("../wire.js").Control} ControlMessage */

export const MOVE_EVERY_MS = 4;
export const HELD_EVERY_MS = 90;
/** Closed for these reasons, the page does not try again. @type {Set<number>} */
const FINAL = new Set([CLOSE.forbidden, CLOSE.protocol, CLOSE["put-out"], CLOSE.version, CLOSE.expired]);

/** Of a host that does not answer. */
const MOST_UNANSWERED = 32;

/**
 * @typedef {object} SeatEvents
 * @property {(control: ControlMessage) => void} onControl
 * @property {(isFinal: boolean) => void} onClosed  false: it connects again by itself
 * @property {() => {buttons: number, codes: number[]}} held  what is down now
 * @property {() => number} track
 * @property {(applied: {sentMs: number, hostUs: number}) => void} [onApplied]  what was sent then (performance.now()) was carried out then
 */

export class Seat {
  #socket;
  #events;
  #nowMs;
  #sequence = 0;
  #movedMs = -Infinity;
  /** When each message was sent whose answer is to come, the oldest first. @type {Map<number, number>} */ #unanswered = new Map();
  /** @type {InputEvent|null} */ #move = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #moveTimer;
  /** @type {ReturnType<typeof setInterval>|undefined} */ #heldTimer;

  /**
   * @param {string} url
   * @param {string|null} pass
   * @param {SeatEvents} events
   * @param {{around?: import("../socket.js").Surroundings, nowMs?: () => number}} [test]
   */
  constructor(url, pass, events, { around, nowMs = () => performance.now() } = {}) {
    this.#events = events;
    this.#nowMs = nowMs;
    this.#socket = new Socket(
      url,
      {
        onConnect: () => {},
        onOpen: () => this.#socket.settled(),
        onMessage: (data) => this.#received(data),
        onClose: ({ code }) => {
          const isFinal = FINAL.has(code);
          if (isFinal) this.close();
          this.#events.onClosed(isFinal);
        },
        onWait: () => {},
      },
      around,
    );
    this.#socket.pass = pass;
    this.#socket.connect();
    this.#heldTimer = setInterval(() => this.#sayHeld(), HELD_EVERY_MS);
  }

  /** @param {InputEvent} move  a newer move replaces one that was not sent yet, and shifts add up */
  move(move) {
    if (this.#move && (this.#move.kind === "shift") !== (move.kind === "shift")) this.send([]);
    const waiting = this.#move;
    this.#move = waiting?.kind === "shift" && move.kind === "shift" ? { ...move, dx: waiting.dx + move.dx, dy: waiting.dy + move.dy } : move;
    const waitMs = this.#movedMs + MOVE_EVERY_MS - this.#nowMs();
    if (waitMs <= 0) this.send([]);
    else this.#moveTimer ??= setTimeout(() => this.send([]), waitMs);
  }

  /** @param {InputEvent[]} events  sent at once, after the move that waits */
  send(events) {
    clearTimeout(this.#moveTimer);
    this.#moveTimer = undefined;
    const all = this.#move ? [this.#move, ...events] : events;
    if (this.#move) this.#movedMs = this.#nowMs();
    this.#move = null;
    if (all.length === 0) return;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const sentMs = this.#nowMs();
    const answered = all.some(isPress);
    if (answered) this.#expectAnswer(sentMs);
    const header = { track: this.#events.track(), sequence: this.#sequence, pageMs: Math.round(sentMs) >>> 0, answered };
    this.#socket.send(inputMessage(header, all));
  }

  /** @param {number} sentMs */
  #expectAnswer(sentMs) {
    this.#unanswered.set(this.#sequence, sentMs);
    const [oldest] = this.#unanswered.keys();
    if (this.#unanswered.size > MOST_UNANSWERED) this.#unanswered.delete(oldest);
  }

  /** See socket.js. */
  doubt() {
    this.#socket.doubt();
  }

  renew() {
    this.#socket.renew();
  }

  close() {
    clearTimeout(this.#moveTimer);
    clearInterval(this.#heldTimer);
    this.#socket.close();
  }

  #sayHeld() {
    const { buttons, codes } = this.#events.held();
    if (buttons !== 0 || codes.length > 0) this.send([{ kind: "held", buttons, codes }]);
  }

  /** @param {import("../wire.js").Applied} applied */
  #answered({ sequence, host_us: hostUs }) {
    const sentMs = this.#unanswered.get(sequence);
    this.#unanswered.delete(sequence);
    if (sentMs !== undefined) this.#events.onApplied?.({ sentMs, hostUs });
  }

  /** @param {string|ArrayBuffer} data */
  #received(data) {
    if (typeof data !== "string") return;
    try {
      const message = messageFromText(data);
      if (message.type === "control") this.#events.onControl(message);
      if (message.type === "applied") this.#answered(message);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      console.warn("samescreen:", error.message);
    }
  }
}

/** What the person sees an effect of. @param {InputEvent} event */
function isPress(event) {
  return (event.kind === "button" || event.kind === "key") && event.is_down;
}
