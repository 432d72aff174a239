// @ts-check
// A socket that parses what the host sends: text into messages, binary into packets. Thread: the receiver's.
// It sends nothing and paints nothing. What the receiver sends goes through upstream.js.

import { again } from "./again.js";
import { Socket } from "./socket.js";
import { CLOSE, ProtocolError, messageFromText, packetFromBytes } from "./wire.js";

/** @typedef {import("./wire.js").Bye} Bye */
/** @typedef {import("./wire.js").Control|import("./wire.js").Applied} OfControl  come on the socket of input only */
/** @typedef {Exclude<import("./wire.js").ToViewer, Bye|OfControl>} Received  every message but the goodbye, which comes with `onClose` */

/** @typedef {"missing"|import("./seal.js").Fault} SealFault  missing: the packet is sealed, and the link of this page has no key */

/**
 * The socket's events, with messages read.
 * @typedef {Omit<import("./socket.js").SocketEvents, "onMessage"|"onClose"> & {
 *   onArrival: () => void,
 *   onMessage: (message: Received) => void,
 *   onPacket: (packet: import("./wire.js").Packet, bytes: number) => void,
 *   onSealed: (fault: SealFault, packet: import("./wire.js").Packet) => void,
 *   onUnloaded: () => void,
 *   onClose: (closed: {code: number, bye: Bye|null}) => void,
 * }} ConnectionEvents  onArrival: something came, readable or not, so the host is alive; bytes: of the packet with its header;
 *   bye: the host's goodbye on this connection; onSealed: why this packet is not shown; onUnloaded: what opens packets did not load
 */

/** @returns {Promise<typeof import("./seal.js")>} */
const loadSeal = () => again((query) => import(new URL("./seal.js", import.meta.url) + query));

/**
 * @param {string} url
 * @param {ConnectionEvents} events
 * @param {import("./socket.js").Surroundings} [around]
 * @param {string|null} [key]  of the link: every packet must be sealed with it
 * @param {typeof loadSeal} [load]
 */
export function connectionTo(url, events, around, key = null, load = loadSeal) {
  /** @type {Bye|null} */
  let bye = null;
  const read = (/** @type {string|ArrayBuffer} */ data) => {
    if (typeof data !== "string") {
      const packet = packetFromBytes(data);
      return packet.isSealed ? events.onSealed("missing", packet) : events.onPacket(packet, data.byteLength);
    }
    const message = messageFromText(data);
    if (message.type === "bye") bye = message;
    else if (message.type !== "control" && message.type !== "applied") events.onMessage(message);
  };
  const take = (/** @type {string|ArrayBuffer} */ data) => {
    try {
      read(data);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      console.warn("samescreen:", error.message);
    }
  };
  const takers = { text: take, packet: events.onPacket, fault: events.onSealed };
  const opening = key === null ? null : load().then(({ Opener }) => new Opener(key, takers));
  /** @param {(opener: import("./seal.js").Opener) => void} use */
  const whenLoaded = (use) => void opening?.then(use, () => {});
  opening?.catch((error) => {
    console.error("samescreen:", error);
    events.onUnloaded();
  });
  return new Socket(
    url,
    {
      ...events,
      onConnect: () => {
        bye = null;
        whenLoaded((opener) => opener.restart());
        events.onConnect();
      },
      onMessage: (data) => {
        events.onArrival();
        // The goodbye does not wait for packets that are being opened: the close that it explains follows at once.
        const isGoodbye = typeof data === "string" && data.startsWith('{"type":"bye"');
        if (opening && !isGoodbye) whenLoaded((opener) => opener.pass(data));
        else take(data);
      },
      onClose: ({ code }) => {
        whenLoaded((opener) => opener.restart());
        events.onClose({ code: bye ? codeOf(bye, code) : code, bye });
      },
    },
    around,
  );
}

/**
 * The code that belongs to a goodbye. The goodbye may arrive although the close frame after it is lost: a reset connection closes with 1006.
 * @param {Bye} bye
 * @param {number} closed  the code of the socket
 */
function codeOf({ reason }, closed) {
  const known = /** @type {Record<string, number>} */ (CLOSE);
  return Object.hasOwn(known, reason) ? known[reason] : closed;
}
