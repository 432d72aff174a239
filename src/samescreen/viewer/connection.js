// @ts-check
// A socket that understands the host: text becomes messages, binary becomes packets. Thread: the receiver's.
// It answers nothing, and it knows nothing of pictures on a canvas. What the receiver sends goes through upstream.js.

import { Socket } from "./socket.js";
import { ProtocolError, messageFromText, packetFromBytes } from "./wire.js";

/** @typedef {Exclude<import("./wire.js").ToViewer, import("./wire.js").Bye|import("./wire.js").Grants>} Told  all but the goodbye, and what this page does not name in its hello */

/**
 * @typedef {object} ConnectionEvents
 * @property {() => void} onConnect  an attempt starts
 * @property {() => void} onOpen  time to say hello
 * @property {(message: Told) => void} onMessage
 * @property {(packet: import("./wire.js").Packet, bytes: number, atUs: number) => void} onPacket
 * @property {(closed: {code: number, said: import("./wire.js").Bye|null}) => void} onClose  with the host's goodbye, if it said one
 * @property {(delayMs: number) => void} onWait  the next attempt is that far away
 */

export class Connection {
  #events;
  #nowUs;
  #socket;
  #session;
  #clock = new HostClock();
  /** @type {import("./wire.js").Bye|null} */ #said = null;
  /** @type {ReturnType<typeof setTimeout>|null} */ #ackTimer = null;

  /**
   * @param {string} url
   * @param {string|null} pass
   * @param {ConnectionEvents} events
   * @param {() => number} nowUs
   */
  constructor(url, pass, events, nowUs) {
    this.#events = events;
    this.#nowUs = nowUs;
    this.#socket = new Socket(url, {
      onConnect: () => this.#connecting(),
      onOpen: () => this.#opened(),
      onMessage: (message) => this.#received(message),
      onClose: ({ code }) => events.onClose({ code, said: this.#said }),
      onWait: events.onWait,
    });
    this.#socket.pass = pass;
    this.#session = this.#newSession();
  }

  /** @param {string|null} pass */
  set pass(pass) {
    this.#socket.pass = pass;
  }

  /** Of the newest ping, or null before the first answer. */
  get rttUs() {
    return this.#clock.rttUs;
  }

  /** True when the host has been silent for so long that whoever watches must be told. */
  get isStuck() {
    return this.#session.isStuck(this.#nowUs());
  }

  connect() {
    this.#socket.connect();
  }

  /** Somebody thinks that a connection is possible again. */
  retry() {
    this.#socket.retryNow();
  }

  close() {
    if (this.#ackTimer !== null) clearTimeout(this.#ackTimer);
    this.#socket.close();
  }

  /** @param {import("./wire.js").FromViewer} message */
  say(message) {
    this.#session.say(message);
  }

  /** @param {import("./session.js").Greeting} greeting */
  hello(greeting) {
    this.#session.hello(greeting, this.#nowUs());
  }

  /** @param {import("./wire.js").Welcome} welcome */
  welcomed(welcome) {
    this.#socket.settled();
    this.#session.welcomed(welcome, this.#nowUs());
  }

  /** @param {import("./wire.js").Pong} pong */
  pong({ sent_us, host_us }) {
    this.#clock.pong(sent_us, host_us, this.#nowUs());
  }

  /** @param {number} track  the packets to come are of this one */
  turnTo(track) {
    this.#session.turnTo(track);
  }

  /** @param {number} intervalMs */
  acknowledgeEvery(intervalMs) {
    this.#session.acknowledgeEvery(intervalMs);
  }

  /**
   * How long ago a picture was grabbed, or null before the first pong.
   * @param {number} ptsUs  on the host's clock
   * @param {number} atUs  on the page's
   */
  ageUs(ptsUs, atUs) {
    return this.#clock.ageUs(ptsUs, atUs);
  }

  /**
   * The host is told at the interval it asked for.
   * @param {{rendition: number, sequence: number}} decoded
   * @param {number} atUs
   */
  decoded({ rendition, sequence }, atUs) {
    const waitUs = this.#session.decoded(rendition, { sequence, atUs });
    if (waitUs === 0) this.#acknowledge();
    else this.#ackTimer ??= setTimeout(() => this.#acknowledge(), waitUs / 1000);
  }

  /**
   * @param {import("./stats.js").Measured} measured
   * @param {import("./wire.js").Path} decoder
   * @param {number} dropped
   */
  report(measured, decoder, dropped) {
    this.#session.report(this.#nowUs(), measured, decoder, dropped);
  }

  /** Pings, a few times a second while the host is there. */
  ping() {
    this.#session.tick(this.#nowUs());
  }

  /** Gives an open connection up once the host has been silent for too long. */
  abandonIfSilent() {
    if (this.#session.isSilent(this.#nowUs())) this.#socket.abandon();
  }

  #newSession() {
    return new Session((text) => this.#socket.send(text));
  }

  #connecting() {
    this.#said = null;
    this.#events.onConnect();
  }

  #opened() {
    this.#clock.reset();
    this.#session = this.#newSession();
    this.#events.onOpen();
  }

  /** @param {string|ArrayBuffer} message */
  #received(message) {
    const atUs = this.#nowUs();
    this.#session.heard(atUs);
    try {
      if (typeof message === "string") this.#told(messageFromText(message));
      else this.#events.onPacket(packetFromBytes(message), message.byteLength, atUs);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      console.warn("samescreen:", error.message);
    }
  }

  /** @param {import("./wire.js").ToViewer} message */
  #told(message) {
    if (message.type === "bye") this.#said = message;
    else if (message.type !== "grants") this.#events.onMessage(message);
  }

  #acknowledge() {
    if (this.#ackTimer !== null) clearTimeout(this.#ackTimer);
    this.#ackTimer = null;
    this.#session.acknowledge(this.#nowUs());
  }
}
