// @ts-check
// Voices as bytes, as /ws/talk carries them: docs/protocol.md draws the layout, wire/talk.py is the twin. Pure.

import { ProtocolError } from "../wire.js";

/** @typedef {{kind: number, speaker: number, sequence: number, begins: boolean, payload: Uint8Array}} Voice  20 ms of sound */

export const VOICE = Object.freeze({ opus: 1, mix: 2 });
export const VOICE_RATE = 48_000;
/** Of one channel: 20 ms. */
export const VOICE_FRAMES = 960;
export const VOICE_MS = 20;
export const SEQUENCES = 2 ** 16;

const HEADER_BYTES = 5;
const BEGINS = 1;
const KINDS = new Set(Object.values(VOICE));

/**
 * @param {{sequence: number, begins: boolean, payload: Uint8Array}} voice  of this page: the host knows whose it is
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function voiceToBytes({ sequence, begins, payload }) {
  const message = new Uint8Array(HEADER_BYTES + payload.byteLength);
  const view = new DataView(message.buffer);
  view.setUint8(0, VOICE.opus);
  view.setUint8(1, begins ? BEGINS : 0);
  view.setUint16(3, sequence % SEQUENCES);
  message.set(payload, HEADER_BYTES);
  return message;
}

/**
 * @param {ArrayBuffer} message
 * @returns {Voice}
 */
export function voiceFromBytes(message) {
  if (message.byteLength <= HEADER_BYTES) throw new ProtocolError(`a voice of ${message.byteLength} bytes`);
  const view = new DataView(message);
  const [kind, flags] = [view.getUint8(0), view.getUint8(1)];
  if (!KINDS.has(/** @type {1|2} */ (kind)) || (flags & ~BEGINS) !== 0) throw new ProtocolError(`a voice of kind ${kind} with flags ${flags}`);
  return { kind, speaker: view.getUint8(2), sequence: view.getUint16(3), begins: (flags & BEGINS) !== 0, payload: new Uint8Array(message, HEADER_BYTES) };
}
