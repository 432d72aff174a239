// @ts-check
// Opens sealed packets with the key of the link: what a relay passed on without reading it. Thread: the receiver's.
// Loaded only by pages whose link has a key. It shows nothing, and it lets nothing pass that the holder of the key did not seal.
// docs/protocol.md has the rules; tests/vectors/sealed.json holds the bytes, which wire/sealed.py draws.

import { packetFromBytes } from "./wire.js";

/** @typedef {import("./wire.js").Packet} Packet */
/** @typedef {"insecure"|"clear"|"wrong"|"changed"} Fault  why nothing of a track is shown: this page has no cipher; a packet was not
 *   sealed; the first one was not sealed with this key; a later one was changed, or came twice */
/** @typedef {{text: (text: string) => void, packet: (packet: Packet, bytes: number) => void, fault: (fault: Fault, packet: Packet) => void}} Takers */
/** @typedef {{series: number, newest: Map<number, number>, fault: Fault|null}} Track  `newest`: the last number, by rendition */
/** @typedef {{packet: Packet, bytes: number, payload: Uint8Array|null}} Opened  payload null: it does not open */

const KEY_BYTES = 16;
const HEAD_BYTES = 13;
const TAG_BYTES = 16;
const BOUND_BYTES = 8;
const KEYFRAME = 1;
const SEALED = 2;
const AUDIO = 3;

/** @param {string} text  of the link @returns {Uint8Array<ArrayBuffer>|null} */
function bytesOf(text) {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
    return bytes.length === KEY_BYTES ? bytes : null;
  } catch {
    return null;
  }
}

/**
 * What of a packet its tag protects besides the payload.
 * @param {Packet} packet
 */
function boundTo({ kind, isKeyframe, rendition, sequence, payload }) {
  const bound = new DataView(new ArrayBuffer(BOUND_BYTES));
  bound.setUint8(0, kind);
  bound.setUint8(1, (isKeyframe ? KEYFRAME : 0) | SEALED);
  bound.setUint8(2, rendition);
  bound.setUint32(3, sequence);
  bound.setUint8(7, payload[0]);
  return bound;
}

/** The nonce of a sealed payload, in its two parts. @param {Uint8Array} payload */
function nonceOf(payload) {
  const view = new DataView(payload.buffer, payload.byteOffset);
  return { series: view.getUint32(1), number: view.getUint32(5) * 2 ** 32 + view.getUint32(9) };
}

/** All messages of one connection, in their order, with their packets opened. */
export class Opener {
  /** @type {SubtleCrypto|undefined} */ #cipher;
  /** @type {Promise<CryptoKey|null>} */ #key;
  #takers;
  /** The messages before the next one. @type {Promise<void>} */ #before = Promise.resolve();
  /** @type {Map<number, Track>} */ #tracks = new Map();
  #highest = 0;
  /** Packets of earlier connections have numbers up to this one. */ #floor = 0;
  #connection = 0;

  /**
   * @param {string} key  as it stands in the link
   * @param {Takers} takers
   * @param {SubtleCrypto} [cipher]  undefined: this page is none that the browser trusts with one
   */
  constructor(key, takers, cipher = globalThis.crypto?.subtle) {
    this.#cipher = cipher;
    this.#takers = takers;
    const bytes = bytesOf(key);
    this.#key = cipher && bytes ? cipher.importKey("raw", bytes, "AES-GCM", false, ["decrypt"]).catch(() => null) : Promise.resolve(null);
  }

  /** What follows comes on another connection; what is left of the one before is dropped. */
  restart() {
    this.#connection += 1;
    this.#tracks.clear();
    this.#floor = this.#highest;
  }

  /** @param {string|ArrayBuffer} message  the next one of the connection */
  pass(message) {
    const connection = this.#connection;
    // All of them are opened at once, and taken one after the other.
    const opened = typeof message === "string" ? message : this.#opened(message).catch(() => null);
    const take = async () => {
      const next = await opened;
      if (connection !== this.#connection || next === null) return;
      if (typeof next === "string") this.#takers.text(next);
      else this.#take(next);
    };
    // One that cannot be taken does not keep back those after it.
    this.#before = this.#before.then(take).catch((error) => console.error("samescreen:", error));
  }

  /** @param {ArrayBuffer} message @returns {Promise<Opened>} */
  async #opened(message) {
    const packet = packetFromBytes(message);
    const key = await this.#key;
    const { payload } = packet;
    const isWhole = packet.isSealed && payload.length > HEAD_BYTES + TAG_BYTES;
    if (!this.#cipher || !key || !isWhole) return { packet, bytes: message.byteLength, payload: null };
    const how = { name: "AES-GCM", iv: payload.subarray(1, HEAD_BYTES), additionalData: boundTo(packet) };
    const opening = this.#cipher.decrypt(/** @type {AesGcmParams} */ (how), key, /** @type {BufferSource} */ (payload.subarray(HEAD_BYTES)));
    const open = await opening.then((bytes) => new Uint8Array(bytes)).catch(() => null);
    return { packet, bytes: message.byteLength, payload: open };
  }

  /** @param {Opened} opened */
  #take({ packet, bytes, payload }) {
    const known = this.#tracks.get(packet.track);
    const fault = known?.fault ?? this.#faultOf(packet, payload, known);
    if (fault !== null) {
      this.#tracks.set(packet.track, { series: 0, newest: new Map(), fault });
      this.#takers.fault(fault, packet);
    } else if (payload) this.#takers.packet({ ...packet, payload }, bytes);
  }

  /**
   * @param {Packet} packet
   * @param {Uint8Array|null} payload
   * @param {Track|undefined} known
   * @returns {Fault|null}
   */
  #faultOf(packet, payload, known) {
    if (!this.#cipher) return "insecure";
    if (!packet.isSealed) return "clear";
    if (!payload) return known ? "changed" : "wrong";
    const { series, number } = nonceOf(packet.payload);
    if (number <= this.#floor) return "changed";
    this.#highest = Math.max(this.#highest, number);
    const isNew = known === undefined || known.series < series;
    if (isNew) {
      // Another track of the host in the place of one: it must begin as a track begins.
      if (known && !packet.isKeyframe && packet.kind !== AUDIO) return "changed";
      this.#tracks.set(packet.track, { series, newest: new Map([[packet.rendition, number]]), fault: null });
      return null;
    }
    if (known.series > series || number <= (known.newest.get(packet.rendition) ?? 0)) return "changed";
    known.newest.set(packet.rendition, number);
    return null;
  }
}
