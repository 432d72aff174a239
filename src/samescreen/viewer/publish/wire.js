// @ts-check
// Bytes ⇄ objects on /ws/publish. Twin of wire/published.py and wire/publishing.py; docs/protocol.md draws the bytes, tests/vectors/
// publishing.json and published.json hold them. Pure. A page publishes whole pictures only, so its packets have no rectangles.

import { ProtocolError } from "../wire.js";

/** @typedef {{rendition: number, bitrate_bps: number, fps: number}} VideoCost */
/** @typedef {{quality: number, fps: number}} StillCost */
/** @typedef {{type: "published", version: number, host: string, profile: "page"|"host", message_bytes: number, got_interval_ms: number}} Welcomed */
/** @typedef {{type: "grant", track: number, long_side: number, short_side: number, fps: number, bitrate_bps: number}} Accepted */
/** @typedef {{type: "refuse", track: number, reason: "not-allowed"|"full"|"asked"|"format", detail: string}} Refuse */
/** @typedef {{type: "want", track: number, renditions: number[], keyframes: number[], targets: VideoCost[], stills: StillCost|null, paused: boolean, still_bytes: number, quality: number|null}} Want  the fields that a page obeys */
/** @typedef {{type: "got", bytes: number, host_us: number}} Got */
/** @typedef {{type: "clock", sent_us: number, host_us: number}} ClockAnswer */
/** @typedef {{type: "faulty", track: number, rendition: number, reason: string, detail: string}} Faulty */
/** @typedef {{type: "ended", track: number, reason: "revoked"|"format"|"stalled"|"replaced"|"stopping", detail: string}} Ended */
/** @typedef {{type: "seen", track: number, viewers: number, names: string[], recorded: boolean}} Seen */
/** @typedef {{type: "bye", reason: string, detail: string}} Bye */
/** @typedef {Welcomed|Accepted|Refuse|Want|Got|ClockAnswer|Faulty|Ended|Seen|Bye} ToPublisher */
/** @typedef {{type: string} & Record<string, unknown>} FromPublisher  docs/protocol.md has the fields */

const PREFIX_BYTES = 2;
const HEADER_BYTES = 18;
const KEYFRAME = 1;

/**
 * @typedef {object} Picture  what the page publishes at once
 * @property {number} kind
 * @property {number} rendition
 * @property {number} track
 * @property {number} sequence
 * @property {number} ptsUs
 * @property {boolean} isKeyframe
 * @property {Uint8Array} payload
 */

/**
 * One binary message: the prefix of a whole picture, and its media packet.
 * @param {Picture} picture
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function publishedMessage({ kind, rendition, track, sequence, ptsUs, isKeyframe, payload }) {
  const message = new Uint8Array(PREFIX_BYTES + HEADER_BYTES + payload.length);
  const view = new DataView(message.buffer, PREFIX_BYTES);
  view.setUint8(0, kind);
  view.setUint8(1, isKeyframe ? KEYFRAME : 0);
  view.setUint8(2, track);
  view.setUint8(3, rendition);
  view.setUint32(4, sequence);
  view.setUint32(8, Math.floor(ptsUs / 2 ** 32));
  view.setUint32(12, ptsUs % 2 ** 32);
  view.setUint16(16, 0);
  message.set(payload, PREFIX_BYTES + HEADER_BYTES);
  return message;
}

/** @typedef {(value: unknown) => boolean} Check */

/** @type {Check} */
const isText = (value) => typeof value === "string";
/** @type {Check} */
const isBoolean = (value) => typeof value === "boolean";
/** @type {Check} */
const isCount = (value) => Number.isSafeInteger(value) && /** @type {number} */ (value) >= 0;
/** @type {Check} */
const areCounts = (value) => Array.isArray(value) && value.every(isCount);
/** @type {Check} */
const areTexts = (value) => Array.isArray(value) && value.every(isText);
/** @type {(value: unknown, checks: Record<string, Check>) => boolean} */
const has = (value, checks) =>
  typeof value === "object" && value !== null && Object.entries(checks).every(([name, check]) => check(/** @type {any} */ (value)[name]));
/** @type {(...words: string[]) => Check} */
const oneOf =
  (...words) =>
  (value) =>
    words.includes(/** @type {string} */ (value));
/** @type {(check: Check) => Check} */
const orNull = (check) => (value) => value === null || check(value);
/** @type {Check} */
const areCosts = (value) => Array.isArray(value) && value.every((each) => has(each, { rendition: isCount, bitrate_bps: isCount, fps: isCount }));

/** The fields that the page reads. @type {Record<string, Record<string, Check>>} */
const TO_PUBLISHER = {
  published: { version: isCount, host: isText, profile: oneOf("page", "host"), message_bytes: isCount, got_interval_ms: isCount },
  grant: { track: isCount, long_side: isCount, short_side: isCount, fps: isCount, bitrate_bps: isCount },
  refuse: { track: isCount, reason: oneOf("not-allowed", "full", "asked", "format"), detail: isText },
  want: {
    track: isCount,
    renditions: areCounts,
    keyframes: areCounts,
    targets: areCosts,
    stills: orNull((value) => has(value, { quality: isCount, fps: isCount })),
    paused: isBoolean,
    still_bytes: isCount,
    quality: orNull(isCount),
  },
  got: { bytes: isCount, host_us: isCount },
  clock: { sent_us: isCount, host_us: isCount },
  faulty: { track: isCount, rendition: isCount, reason: isText, detail: isText },
  ended: { track: isCount, reason: oneOf("revoked", "format", "stalled", "replaced", "stopping"), detail: isText },
  seen: { track: isCount, viewers: isCount, names: areTexts, recorded: isBoolean },
  bye: { reason: isText, detail: isText },
};

/**
 * The message that a host sent to a publisher. Raises ProtocolError.
 * @param {string} text
 * @returns {ToPublisher}
 */
export function toPublisher(text) {
  /** @type {any} */
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    throw new ProtocolError("message to a publisher is not JSON");
  }
  const type = typeof message?.type === "string" ? message.type : "";
  if (!Object.hasOwn(TO_PUBLISHER, type)) throw new ProtocolError(`unknown message to a publisher "${type}"`);
  if (!has(message, TO_PUBLISHER[type])) throw new ProtocolError(`"${type}" lacks a field or has one out of range`);
  return message;
}
