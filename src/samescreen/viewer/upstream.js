// @ts-check
// Everything the receiver sends to the host, in time: hello, requests, acks, pings, reports. Thread: the receiver's.
// It owns the session of the current connection, the ack timer and the estimate of the host's clock. It reads nothing from the socket.

import { HostClock } from "./clock.js";
import { Session } from "./session.js";

export class Upstream {
  #transmit;
  #nowUs;
  #session;
  /** @type {ReturnType<typeof setTimeout>|null} */ #ackTimer = null;
  /** Of the current connection. */ clock = new HostClock();

  /**
   * @param {(text: string) => void} transmit  drops the text while no socket is open
   * @param {() => number} nowUs
   */
  constructor(transmit, nowUs) {
    this.#transmit = transmit;
    this.#nowUs = nowUs;
    this.#session = new Session(transmit);
  }

  /** True when the host has been silent for so long that the page must say so. */
  get isStuck() {
    return this.#session.isStuck(this.#nowUs());
  }

  /** True when the host has been silent for so long that the connection must be dead. */
  get isSilent() {
    return this.#session.isSilent(this.#nowUs());
  }

  /**
   * The first message of a new connection.
   * @param {import("./session.js").Greeting} greeting
   */
  hello(greeting) {
    this.#cancelAck();
    this.clock.reset();
    this.#session = new Session(this.#transmit);
    this.#session.hello(greeting, this.#nowUs());
  }

  /** @param {import("./wire.js").FromViewer} message */
  send(message) {
    this.#session.send(message);
  }

  /** Something came from the host. */
  received() {
    this.#session.received(this.#nowUs());
  }

  /** @param {import("./wire.js").Welcome} welcome */
  welcomed(welcome) {
    this.#session.welcomed(welcome, this.#nowUs());
  }

  /** @param {import("./wire.js").Pong} pong */
  pong({ sent_us, host_us }) {
    this.clock.pong(sent_us, host_us, this.#nowUs());
  }

  /** @param {number} track  of which the packets that follow are */
  switchTrack(track) {
    this.#session.switchTrack(track);
  }

  /** @param {number} intervalMs  between acks, at least */
  acknowledgeEvery(intervalMs) {
    this.#session.acknowledgeEvery(intervalMs);
  }

  /**
   * Acknowledges a decoded packet: now, or at the end of the interval the host asked for.
   * @param {{rendition: number, sequence: number}} decoded
   */
  decoded({ rendition, sequence }) {
    const waitUs = this.#session.decoded(rendition, { sequence, atUs: this.#nowUs() });
    if (waitUs === 0) this.#acknowledge();
    else this.#ackTimer ??= setTimeout(() => this.#acknowledge(), waitUs / 1000);
  }

  /**
   * At most once a second: while pictures come, and once when they have stopped.
   * @param {import("./stats.js").Measured} measured
   * @param {import("./wire.js").Path} decoder
   * @param {number} dropped
   */
  report(measured, decoder, dropped) {
    this.#session.report(this.#nowUs(), measured, decoder, dropped);
  }

  /** Pings when it is time; called a few times a second while the host is there. */
  tick() {
    this.#session.tick(this.#nowUs());
  }

  close() {
    this.#cancelAck();
  }

  #acknowledge() {
    this.#cancelAck();
    this.#session.acknowledge(this.#nowUs());
  }

  #cancelAck() {
    if (this.#ackTimer !== null) clearTimeout(this.#ackTimer);
    this.#ackTimer = null;
  }
}
