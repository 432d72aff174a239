// @ts-check
// One connection's side of the protocol: which messages to send and when (hello, pings, acks, reports). Either thread.
// Pure: `nowUs` is an argument and texts leave through `send`. It never touches the socket, timers or a decoder.

import { CURSOR, KINDS_OF_PICTURES, KINDS_UNDERSTOOD, PROTOCOL_VERSION, messageToText } from "./wire.js";

/** @typedef {import("./wire.js").FromViewer} FromViewer */
/** @typedef {Omit<import("./wire.js").Hello, "type"|"version"|"kinds"> & {drawsCursor?: boolean, picturesOnly?: boolean}} Greeting  `stream` "" = whichever comes first */
/** @typedef {{sequence: number, atUs: number}} Decoded */

const EARLY_PINGS = 4;
const EARLY_PING_US = 240_000;
const PING_US = 2_000_000;
const REPORT_US = 1_000_000;
const ACKS_PER_REPORT = 15;
// Every ping is answered, so a host silent for four of them is gone, whatever TCP still believes.
const SILENCE_US = 9_000_000;
const STUCK_US = 4_200_000;

export class Session {
  #send;
  #ackIntervalUs = 50_000;
  #pings = 0;
  #track = 0;
  #lastPingUs = 0;
  #lastReportUs = 0;
  /** The last report had pictures. */ #reportedPictures = false;
  #lastAckUs = -Infinity;
  #lastReceivedUs = 0;
  /** @type {Map<number, Decoded>} newest decoded packet not yet acknowledged, by rendition */
  #decoded = new Map();

  /** @param {(text: string) => void} send */
  constructor(send) {
    this.#send = send;
  }

  /**
   * @param {Greeting} greeting
   * @param {number} nowUs
   */
  hello({ drawsCursor = false, picturesOnly = false, ...greeting }, nowUs) {
    this.#lastReceivedUs = nowUs;
    const kinds = [...(picturesOnly ? KINDS_OF_PICTURES : KINDS_UNDERSTOOD), ...(drawsCursor ? [CURSOR] : [])];
    this.send({ type: "hello", version: PROTOCOL_VERSION, ...greeting, kinds });
  }

  /**
   * @param {import("./wire.js").Welcome} welcome
   * @param {number} nowUs
   */
  welcomed(welcome, nowUs) {
    this.acknowledgeEvery(welcome.ack_interval_ms);
    this.#ping(nowUs);
  }

  /** @param {number} intervalMs  grows with the number of viewers, so that the host is not flooded */
  acknowledgeEvery(intervalMs) {
    this.#ackIntervalUs = intervalMs * 1000;
  }

  /**
   * The packets that follow are of this track; pictures of the previous one are acknowledged no more.
   * @param {number} track
   */
  switchTrack(track) {
    this.#track = track;
    this.#decoded.clear();
  }

  /** @param {FromViewer} message */
  send(message) {
    this.#send(messageToText(message));
  }

  /** @param {number} nowUs */
  received(nowUs) {
    this.#lastReceivedUs = nowUs;
  }

  /**
   * True when the host has been silent for so long that the connection must be dead.
   * @param {number} nowUs
   */
  isSilent(nowUs) {
    return nowUs - this.#lastReceivedUs > SILENCE_US;
  }

  /**
   * True when the host has been silent for so long that the page must say so.
   * @param {number} nowUs
   */
  isStuck(nowUs) {
    return nowUs - this.#lastReceivedUs > STUCK_US;
  }

  /**
   * Called a few times a second.
   * @param {number} nowUs
   */
  tick(nowUs) {
    const everyUs = this.#pings < EARLY_PINGS ? EARLY_PING_US : PING_US;
    if (nowUs - this.#lastPingUs >= everyUs) this.#ping(nowUs);
  }

  /** @param {number} nowUs */
  #ping(nowUs) {
    this.#pings += 1;
    this.#lastPingUs = nowUs;
    this.send({ type: "ping", sent_us: nowUs });
  }

  /**
   * @param {number} rendition
   * @param {Decoded} decoded
   * @returns {number}  after how long to call `acknowledge`, 0 for now
   */
  decoded(rendition, decoded) {
    this.#decoded.set(rendition, decoded);
    return Math.max(0, this.#lastAckUs + this.#ackIntervalUs - decoded.atUs);
  }

  /** @param {number} nowUs */
  acknowledge(nowUs) {
    for (const [rendition, { sequence, atUs }] of this.#decoded)
      this.send({ type: "ack", rendition, sequence, held_us: Math.max(0, nowUs - atUs), track: this.#track });
    if (this.#decoded.size > 0) this.#lastAckUs = nowUs;
    this.#decoded.clear();
  }

  /**
   * Reports while pictures come, and once when they have stopped: a report is what the host knows until the next one.
   * @param {number} nowUs
   * @param {import("./stats.js").Measured} measured
   * @param {import("./wire.js").Path} decoder
   * @param {number} dropped
   */
  report(nowUs, measured, decoder, dropped) {
    const everyUs = Math.max(REPORT_US, ACKS_PER_REPORT * this.#ackIntervalUs);
    const hasPictures = measured.fps > 0;
    if ((!hasPictures && !this.#reportedPictures) || nowUs - this.#lastReportUs < everyUs - 50_000) return;
    this.#lastReportUs = nowUs;
    this.#reportedPictures = hasPictures;
    this.send({
      type: "report",
      fps: measured.fps,
      latency_us: measured.latencyUs ?? 0,
      decode_us: measured.decodeUs ?? 0,
      decoder,
      dropped,
    });
  }
}
