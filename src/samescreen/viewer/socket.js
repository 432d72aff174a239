// @ts-check
// One WebSocket that reconnects by itself: exponential back-off with full jitter. Either thread.
// It never reads a message, and it never gives up: its owner decides when to close it.

export const FIRST_DELAY_MS = 250;
export const LONGEST_DELAY_MS = 5_000;
// A proxy may accept the handshake and never answer it.
export const OPENS_WITHIN_MS = 10_000;
const PROTOCOL = "samescreen";

/**
 * @typedef {object} SocketEvents
 * @property {() => void} onOpen
 * @property {(message: string|ArrayBuffer) => void} onMessage
 * @property {(closed: {code: number}) => void} onClose
 * @property {(delayMs: number) => void} onWait  the next attempt is due after this time
 * @property {() => void} onConnect  an attempt starts
 */

/**
 * What a test replaces.
 * @typedef {object} Surroundings
 * @property {(url: string, protocols: string[]) => WebSocket} open
 * @property {(callback: () => void, delayMs: number) => unknown} setTimer
 * @property {(timer: any) => void} clearTimer
 * @property {() => number} random  [0, 1)
 */

/** @type {Surroundings} */
const BROWSER = {
  open: (url, protocols) => new WebSocket(url, protocols),
  setTimer: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimer: (timer) => clearTimeout(timer),
  random: Math.random,
};

/**
 * Full jitter: anything between nothing and the bound, so that a hundred pages do not all come back in the same instant.
 * @param {number} attempt  0 for the first retry
 * @param {number} random  [0, 1)
 */
export function backoffMs(attempt, random) {
  return Math.round(random * Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 16)));
}

export class Socket {
  #url;
  #events;
  #around;
  /** @type {WebSocket|null} */ #websocket = null;
  /** @type {unknown} */ #timer = null;
  /** @type {unknown} */ #opening = null;
  #attempt = 0;
  /** undefined: none. @type {WebSocket|null|undefined} */ #doubted;
  #closed = false;
  /** For the next connection. A page cannot set headers of a WebSocket, so the pass is sent as the name of a subprotocol. @type {string|null} */ pass = null;

  /**
   * @param {string} url
   * @param {SocketEvents} events
   * @param {Surroundings} [around]
   */
  constructor(url, events, around = BROWSER) {
    this.#url = url;
    this.#events = events;
    this.#around = around;
  }

  connect() {
    this.#cancelTimer();
    if (this.#closed || this.#websocket) return;
    this.#events.onConnect();
    try {
      this.#listen(this.#around.open(this.#url, this.pass === null ? [] : [PROTOCOL, `${PROTOCOL}.pass.${this.pass}`]));
    } catch {
      this.#retryLater();
    }
  }

  /** Call it when the host has answered: an open socket may still be refused. */
  settled() {
    this.#attempt = 0;
  }

  /** Skips the rest of a wait, because the network or the page came back. */
  retryNow() {
    if (this.#timer === null) return;
    this.connect();
  }

  /** @param {string|Uint8Array<ArrayBuffer>} message */
  send(message) {
    if (this.#websocket?.readyState === 1) this.#websocket.send(message);
  }

  /** Bytes that the browser has not handed on yet. */
  get bufferedBytes() {
    return this.#websocket?.bufferedAmount ?? 0;
  }

  /** Gives this connection up without waiting for the host's close, and connects again. */
  abandon() {
    const websocket = this.#websocket;
    if (!websocket) return;
    this.#forget(websocket);
    this.#events.onClose({ code: 1006 });
    this.#retryLater();
  }

  /** Another connection to this host broke: after a change of network this one may be dead too, and report that much later. */
  doubt() {
    if (this.#doubted === undefined) this.#doubted = this.#websocket;
  }

  /** The host is back: replaces the connection that was doubted. */
  renew() {
    if (this.#doubted && this.#doubted === this.#websocket) this.abandon();
    if (this.#doubted !== undefined) this.retryNow();
    this.#doubted = undefined;
  }

  close() {
    this.#closed = true;
    this.#cancelTimer();
    if (this.#websocket) this.#forget(this.#websocket);
  }

  /** @param {WebSocket} websocket */
  #listen(websocket) {
    this.#websocket = websocket;
    websocket.binaryType = "arraybuffer";
    this.#opening = this.#around.setTimer(() => this.abandon(), OPENS_WITHIN_MS);
    websocket.onopen = () => {
      this.#around.clearTimer(this.#opening);
      this.#events.onOpen();
    };
    websocket.onmessage = (event) => this.#events.onMessage(event.data);
    websocket.onclose = (event) => {
      this.#websocket = null;
      this.#around.clearTimer(this.#opening);
      this.#events.onClose({ code: event.code });
      this.#retryLater();
    };
  }

  /** @param {WebSocket} websocket */
  #forget(websocket) {
    this.#websocket = null;
    this.#around.clearTimer(this.#opening);
    websocket.onopen = websocket.onmessage = websocket.onclose = null;
    websocket.close();
  }

  #retryLater() {
    // onClose may have closed or reconnected this socket.
    if (this.#closed || this.#websocket || this.#timer !== null) return;
    const delayMs = backoffMs(this.#attempt, this.#around.random());
    this.#attempt += 1;
    this.#timer = this.#around.setTimer(() => {
      this.#timer = null;
      this.connect();
    }, delayMs);
    this.#events.onWait(delayMs);
  }

  #cancelTimer() {
    if (this.#timer !== null) this.#around.clearTimer(this.#timer);
    this.#timer = null;
  }
}
