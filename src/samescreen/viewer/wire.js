// @ts-check
// Bytes ⇄ objects: media packets and control messages. Twin of wire/packets.py and wire/messages.py; docs/protocol.md draws
// the bytes, tests/vectors/ holds them. Either thread. Pure: no sockets, timers or clocks, and it never keeps state.

/** @typedef {{x: number, y: number, width: number, height: number}} Region */

/**
 * @typedef {object} Packet
 * @property {number} kind
 * @property {number} rendition
 * @property {number} track
 * @property {number} sequence
 * @property {number} ptsUs
 * @property {boolean} isKeyframe
 * @property {Region[]} damage  what to paint; empty = the whole picture
 * @property {boolean} [isSealed]  only the key of the link opens the payload
 * @property {Uint8Array} payload  a view into the message
 */

/** @typedef {"h264"|"jpeg"} Codec */
/** @typedef {"webcodecs"|"wasm"|"jpeg"} Path */
/** @typedef {"none"|"hidden"|"stalled"|"network"|"decoder"|"encoder"|"host"|"preference"} Limit */
/** @typedef {"auto"|"full"|"low"} Quality  what this viewer prefers: full = never smaller, low = save data */
/** @typedef {{stream: string, name: string, track: number}} Stream */
/** @typedef {{type: "welcome", version: number, viewer: string, host: string, ack_interval_ms: number, streams: Stream[], watching: string, visit: string}} Welcome */
/** @typedef {{type: "streams", streams: Stream[], watching: string}} Streams */
/** @typedef {{type: "config", track: number, rendition: number, codec: Codec, codec_string: string, width: number, height: number, coded_width: number, coded_height: number, fps: number}} Config */
/** @typedef {{type: "status", stream: string, state: "live"|"waiting"|"lost"|"failed", reason: string, detail: string}} Status */
/** @typedef {{type: "audio", track: number, state: "live"|"waiting"|"lost"|"failed"|"none", detail: string, rate: number, channels: number}} Audio */
/** @typedef {{type: "pong", sent_us: number, host_us: number}} Pong */
/** @typedef {{type: "stats", viewers: number, captured_fps: number, encoded_fps: number, bitrate_bps: number, capture: string, encoder: string, encode_us: number, rendition: number, limit: Limit, ack_interval_ms: number, rtt_us: number, queue_us: number, in_flight_bytes: number, dropped: number, gated_us: number}} HostStats */
/** @typedef {{type: "bye", reason: string, detail: string}} Bye */
/** @typedef {{type: "grants", grants: string[], may_ask?: string[]}} Grants  what this person may do; for pages whose hello names it */
/** @typedef {{type: "you", name: string, hand: boolean, speaks: boolean, took: number}} You  how the host sees this person; for pages whose hello names it */
/** @typedef {{type: "from-host", text: string, to_you: boolean}} FromHost  a line of the host's; for pages whose hello names it */
/** @typedef {{type: "recording", on: boolean}} Recording  what is shown now may be seen later; for pages whose hello names it */
/** @typedef {{type: "shape", track: number, number: number, width: number, height: number, hot_x: number, hot_y: number, png: string}} Shape  how a cursor looks; for pages whose hello names CURSOR */
/** @typedef {{type: "cursor", track: number, apart: boolean, from_us: number, shape: number, x: number, y: number}} CursorPlace  likewise; shape 0: not over the picture */
/** @typedef {{type: "asked", grants: string[], state: "waits"|"given"|"no"|"off"}} Asked  how it stands with what this person asked for; for pages whose hello names it */
/** @typedef {{type: "clipboard", kind: "text"|"image"|"none", size_bytes: number, number: number, detail: string}} Clipboard  a program on the host copied something; for pages whose hello names it */
/** @typedef {{type: "control", state: "mine"|"held"|"paused"|"off", by: string, cause: ""|"covered"|"unfocused"|"failed", fits?: boolean}} Control  on the socket of input only */
/** @typedef {{type: "applied", sequence: number, host_us: number}} Applied  on the socket of input only: that message was carried out then */
/** @typedef {{type: "lobby"}} Lobby  the host has not decided yet whether to let this page in */
/** @typedef {Lobby|Welcome|Streams|Config|Status|Audio|Pong|HostStats|Bye|Grants|You|FromHost|Recording|Shape|CursorPlace|Asked|Clipboard|Ink|Marks|Voices|Roster|ShowRequest|Acting|Control|Applied} ToViewer */
/** @typedef {"laser"|"fade"|"pen"} Tool */
/** @typedef {{by: number, stroke: number, tool: Tool, points: number[], end: boolean}} Mark  points that a stroke grows by: x, y, pressure in turn */
/** @typedef {{by: number, name: string, colour: number, host: boolean}} Inker  who draws */
/** @typedef {{type: "ink", track: number, marks: Mark[]}} Ink  what people drew; for pages whose hello names it */
/** @typedef {{type: "marks", track: number, on: boolean, people: Inker[], strokes: [number, number][], in_picture: boolean}} Marks  who draws, and the strokes that stay; with `ink` */
/** @typedef {{speaker: number, name: string, talking: boolean, muted: boolean}} Speaker  somebody who speaks, or did lately */
/** @typedef {{type: "voices", on: boolean, muted: boolean, you: number, speakers: Speaker[]}} Voices  for pages whose hello names it; muted: this person, by the host */
/** @typedef {{type: "show-request", state: "asked"|"accepted"|"over", by: string}} ShowRequest  the host asks this person to show something of theirs; for pages whose hello names it */
/** @typedef {{person: number, name: string, host: boolean, voice: number, muted: boolean, shows: string[], watches: boolean}} Present  somebody who takes part */
/** @typedef {{type: "roster", you: number, people: Present[], others: number, forward: string, kept: {stream: string, name: string}[]}} Roster  for pages whose hello names it */
/** @typedef {{type: "acting", on: boolean, by: string, program: boolean}} Acting  who uses mouse and keyboard; for pages whose hello names it */

/** @typedef {{type: "hello", version: number, accepts: Codec[], hidden: boolean, stream: string, visit: string, kinds?: string[], quality?: Quality}} Hello */
/** @typedef {{type: "ack", rendition: number, sequence: number, held_us: number, track: number}} Ack */
/** @typedef {{type: "watch", stream: string}} Watch */
/** @typedef {{type: "ping", sent_us: number}} Ping */
/** @typedef {{type: "need"}} Need */
/** @typedef {{type: "accepts", accepts: Codec[]}} Accepts */
/** @typedef {{type: "visibility", hidden: boolean}} Visibility */
/** @typedef {{type: "report", fps: number, latency_us: number, decode_us: number, decoder: Path, dropped: number}} Report */
/** @typedef {{type: "listen", on: boolean, codec: "opus"|"pcm"}} Listen */
/** @typedef {{type: "name", name: string}} Name  what the person wants to be called; "" for nothing */
/** @typedef {{type: "hand", up: boolean}} Hand */
/** @typedef {{type: "line", text: string}} Line  one line for the host, 1 to 300 characters */
/** @typedef {{type: "ask", grants: string[]}} Ask  for grants, by name */
/** @typedef {{type: "prefer", quality: Quality}} Prefer */
/** @typedef {{type: "draw", track: number, stroke: number, tool: Tool, points: number[], end: boolean}} Draw  x, y, pressure in turn, from 0 to 65535 */
/** @typedef {{type: "erase", all: boolean}} Erase  the newest stroke that stays, or everything */
/** @typedef {{type: "show-answer", answer: "yes"|"camera"|"secure"|"no"|"denied"|"failed"}} ShowAnswer */
/** @typedef {Hello|Ack|Watch|Ping|Need|Accepts|Visibility|Report|Listen|Name|Hand|Line|Ask|Prefer|Draw|Erase|ShowAnswer} FromViewer */

export const PROTOCOL_VERSION = 2;
/** Messages that this page understands beyond those that every page does; its hello names them. */
export const KINDS_UNDERSTOOD = Object.freeze(["grants", "asked", "you", "from-host", "recording", "clipboard", "ink", "voices", "roster", "show-request", "acting", "png"]);
/** A viewer beside that one names these: the host sends it no news. */
export const KINDS_OF_PICTURES = Object.freeze(["png"]);
/** A page that draws the host's cursor names this kind as well. The host then leaves the cursor out of the pictures, if everybody's page does. */
export const CURSOR = "cursor";
export const KIND = Object.freeze({ video: 1, still: 2, audio: 3 });
export const RENDITION = Object.freeze({ main: 0, low: 1, jpeg: 2, opus: 3, pcm: 4 });

/** Why a host closes the WebSocket. closing.py has the same table, and docs/protocol.md explains it. */
export const CLOSE = Object.freeze({
  stopping: 1001,
  protocol: 4400,
  expired: 4401,
  forbidden: 4403,
  stalled: 4408,
  "put-out": 4410,
  version: 4426,
  full: 4429,
});

/** @type {Limit[]} */
const LIMITS = ["none", "hidden", "stalled", "network", "decoder", "encoder", "host", "preference"];
const HEADER_BYTES = 18;
const RECTANGLE_BYTES = 8;
const KEYFRAME = 1;
const SEALED = 2;
const KINDS = new Set(Object.values(KIND));
const RENDITIONS = new Set(Object.values(RENDITION));

/** What the host sent cannot be understood. */
export class ProtocolError extends Error {
  name = "ProtocolError";
}

/**
 * The packet in one binary message.
 * @param {ArrayBuffer} message
 * @returns {Packet}
 */
export function packetFromBytes(message) {
  if (message.byteLength < HEADER_BYTES)
    throw new ProtocolError(`media message of ${message.byteLength} bytes is shorter than its header`);
  const view = new DataView(message);
  const rectangles = view.getUint16(16);
  const start = HEADER_BYTES + rectangles * RECTANGLE_BYTES;
  if (message.byteLength < start) throw new ProtocolError(`media message ends within its ${rectangles} rectangles`);
  const kind = view.getUint8(0);
  const rendition = view.getUint8(3);
  if (!KINDS.has(/** @type {1|2|3} */ (kind))) throw new ProtocolError(`unknown packet kind ${kind}`);
  if (!RENDITIONS.has(/** @type {0|1|2|3|4} */ (rendition))) throw new ProtocolError(`unknown rendition ${rendition}`);
  return {
    kind,
    rendition,
    track: view.getUint8(2),
    sequence: view.getUint32(4),
    // 2⁵³ µs are 285 years: a double holds every pts a host will ever send.
    ptsUs: view.getUint32(8) * 2 ** 32 + view.getUint32(12),
    isKeyframe: (view.getUint8(1) & KEYFRAME) !== 0,
    isSealed: (view.getUint8(1) & SEALED) !== 0,
    damage: Array.from({ length: rectangles }, (_, at) => regionAt(view, HEADER_BYTES + at * RECTANGLE_BYTES)),
    payload: new Uint8Array(message, start),
  };
}

/**
 * @param {DataView} view
 * @param {number} at
 * @returns {Region}
 */
function regionAt(view, at) {
  return { x: view.getUint16(at), y: view.getUint16(at + 2), width: view.getUint16(at + 4), height: view.getUint16(at + 6) };
}

/** @typedef {(value: unknown) => boolean} Check */

/** @type {Check} */
const isText = (value) => typeof value === "string";
/** @type {Check} */
const isBoolean = (value) => typeof value === "boolean";
/** @type {Check} */
const isNumber = (value) => typeof value === "number" && value >= 0 && Number.isFinite(value);
/** @type {Check} */
const isCount = (value) => isNumber(value) && Number.isSafeInteger(value);
/** @type {Check} */
const isSide = (value) => isCount(value) && /** @type {number} */ (value) >= 1 && /** @type {number} */ (value) <= 0xffff;
/** @type {(...words: unknown[]) => Check} */
const oneOf =
  (...words) =>
  (value) =>
    words.includes(value);
/** @type {Check} */
const isStream = (value) =>
  typeof value === "object" &&
  value !== null &&
  passes(/** @type {Record<string, unknown>} */ (value), { stream: isText, name: isText, track: isCount });
/** @type {Check} */
const areTexts = (value) => Array.isArray(value) && value.every(isText);
/** @type {Check} */
const areStreams = (value) => Array.isArray(value) && value.every(isStream);

/** @type {(checks: Record<string, Check>) => Check} */
const listOf = (checks) => (value) =>
  Array.isArray(value) && value.every((each) => typeof each === "object" && each !== null && passes(each, checks));
/** @type {Check} */
const areCounts = (value) => Array.isArray(value) && value.every(isCount);
/** @type {Check} */
const arePairs = (value) => Array.isArray(value) && value.every((pair) => areCounts(pair) && pair.length === 2);

/** Fields of every message to a viewer. Fields not named here are ignored, so that a host may add some. */
/** @type {Record<string, Record<string, Check>>} */
const TO_VIEWER = {
  lobby: {},
  welcome: { version: isCount, viewer: isText, host: isText, ack_interval_ms: isCount, streams: areStreams, watching: isText, visit: isText },
  streams: { streams: areStreams, watching: isText },
  config: {
    track: isCount,
    rendition: oneOf(...RENDITIONS),
    codec: oneOf("h264", "jpeg"),
    codec_string: isText,
    width: isSide,
    height: isSide,
    coded_width: isSide,
    coded_height: isSide,
    fps: isNumber,
  },
  status: { stream: isText, state: oneOf("live", "waiting", "lost", "failed"), reason: isText, detail: isText },
  audio: { track: isCount, state: oneOf("live", "waiting", "lost", "failed", "none"), detail: isText, rate: isSide, channels: oneOf(1, 2) },
  pong: { sent_us: isCount, host_us: isCount },
  stats: {
    viewers: isCount,
    captured_fps: isNumber,
    encoded_fps: isNumber,
    bitrate_bps: isNumber,
    capture: isText,
    encoder: isText,
    encode_us: isNumber,
    rendition: oneOf(...RENDITIONS),
    limit: oneOf(...LIMITS),
    ack_interval_ms: isCount,
    rtt_us: isNumber,
    queue_us: isNumber,
    in_flight_bytes: isNumber,
    dropped: isNumber,
    gated_us: isNumber,
  },
  bye: { reason: isText, detail: isText },
  grants: { grants: areTexts },
  you: { name: isText, hand: isBoolean, speaks: isBoolean, took: isCount },
  recording: { on: isBoolean },
  shape: { track: isCount, number: isCount, width: isSide, height: isSide, hot_x: isCount, hot_y: isCount, png: isText },
  cursor: { track: isCount, apart: isBoolean, from_us: isCount, shape: isCount, x: isCount, y: isCount },
  asked: { grants: areTexts, state: oneOf("waits", "given", "no", "off") },
  clipboard: { kind: oneOf("text", "image", "none"), size_bytes: isCount, number: isCount, detail: isText },
  ink: { track: isCount, marks: listOf({ by: isCount, stroke: isCount, tool: oneOf("laser", "fade", "pen"), points: areCounts, end: isBoolean }) },
  voices: { on: isBoolean, muted: isBoolean, you: isCount, speakers: listOf({ speaker: isCount, name: isText, talking: isBoolean, muted: isBoolean }) },
  "show-request": { state: oneOf("asked", "accepted", "over"), by: isText },
  roster: { you: isCount, people: listOf({ person: isCount, name: isText, host: isBoolean, voice: isCount, muted: isBoolean, shows: areTexts, watches: isBoolean }), others: isCount, forward: isText, kept: listOf({ stream: isText, name: isText }) },
  acting: { on: isBoolean, by: isText, program: isBoolean },
  marks: { track: isCount, on: isBoolean, people: listOf({ by: isCount, name: isText, colour: isCount, host: isBoolean }), strokes: arePairs, in_picture: isBoolean },
  control: { state: oneOf("mine", "held", "paused", "off"), by: isText, cause: oneOf("", "covered", "unfocused", "failed"), fits: oneOf(true, false, undefined) },
  applied: { sequence: isCount, host_us: isCount },
  "from-host": { text: isText, to_you: isBoolean },
};

/**
 * @param {Record<string, unknown>} fields
 * @param {Record<string, Check>} checks
 */
function passes(fields, checks) {
  return Object.entries(checks).every(([name, check]) => check(fields[name]));
}

/**
 * The message a host sent.
 * @param {string} text
 * @returns {ToViewer}
 */
export function messageFromText(text) {
  const message = parsed(text);
  const type = typeof message?.type === "string" ? message.type : "";
  const checks = Object.hasOwn(TO_VIEWER, type) ? TO_VIEWER[type] : null;
  if (!checks) throw new ProtocolError(`unknown control message "${type}"`);
  if (!passes(message, checks)) throw new ProtocolError(`"${type}" lacks a field or has one out of range`);
  return /** @type {ToViewer} */ (/** @type {unknown} */ (message));
}

/**
 * @param {string} text
 * @returns {Record<string, unknown>}
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProtocolError("control message is not JSON");
  }
}

/**
 * JSON of a message to the host.
 * @param {FromViewer} message
 */
export function messageToText(message) {
  return JSON.stringify(message);
}
