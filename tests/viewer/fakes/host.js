// @ts-check
// A host without a network: WebSockets that a test opens, drops and speaks through, with timers that it fires. Used by socket,
// connection and receiver tests.

/** @typedef {import("../../../src/samescreen/viewer/socket.js").Surroundings} Surroundings */
/** @typedef {import("../../../src/samescreen/viewer/wire.js").Packet} Packet */

export class FakeWebSocket {
  readyState = 0;
  binaryType = "blob";
  /** @type {string[]} */ protocols = [];
  /** @type {string[]} */ sent = [];
  /** @type {(() => void)|null} */ onopen = null;
  /** @type {((event: {data: unknown}) => void)|null} */ onmessage = null;
  /** @type {((event: {code: number}) => void)|null} */ onclose = null;
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  /** @param {number} code */
  drop(code) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
  /** @param {string} text */
  send(text) {
    this.sent.push(text);
  }
  close() {
    this.readyState = 3;
  }
}

export class FakeHost {
  /** @type {FakeWebSocket[]} every connection that was tried */ websockets = [];
  /** @type {{callback: () => void, delayMs: number}[]} not yet due */ timers = [];

  /** @type {Surroundings} for the socket */
  around = {
    open: (_url, protocols) => {
      const websocket = Object.assign(new FakeWebSocket(), { protocols });
      this.websockets.push(websocket);
      return /** @type {WebSocket} */ (/** @type {unknown} */ (websocket));
    },
    setTimer: (callback, delayMs) => {
      const timer = { callback, delayMs };
      this.timers.push(timer);
      return timer;
    },
    clearTimer: (timer) => (this.timers = this.timers.filter((other) => other !== timer)),
    random: () => 0.999,
  };

  get newest() {
    const websocket = this.websockets.at(-1);
    if (!websocket) throw new Error("nothing connected");
    return websocket;
  }

  /** Fires the timer that was set first: the end of a wait, usually. */
  fire() {
    this.timers.shift()?.callback();
  }

  /** Messages on the newest connection, of one type or all. @param {string} [type] */
  received(type) {
    const messages = this.newest.sent.map((text) => JSON.parse(text));
    return type === undefined ? messages : messages.filter((message) => message.type === type);
  }

  /** @param {object|string} message */
  send(message) {
    this.newest.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }

  /** @param {Partial<Packet>} packet  default: an empty keyframe of main */
  sendPacket(packet) {
    this.newest.onmessage?.({ data: bytesOf(packet) });
  }
}

/**
 * A packet as it travels.
 * @param {Partial<Packet>} packet
 */
export function bytesOf({ kind = 1, isKeyframe = true, isSealed = false, track = 0, rendition = 0, sequence = 0, ptsUs = 0, damage = [], payload = new Uint8Array(0) }) {
  const bytes = new Uint8Array(18 + damage.length * 8 + payload.length);
  const view = new DataView(bytes.buffer);
  bytes.set([kind, Number(isKeyframe) + 2 * Number(isSealed), track, rendition]);
  view.setUint32(4, sequence);
  view.setBigUint64(8, BigInt(ptsUs));
  view.setUint16(16, damage.length);
  damage.forEach(({ x, y, width, height }, index) =>
    [x, y, width, height].forEach((value, field) => view.setUint16(18 + index * 8 + field * 2, value)),
  );
  bytes.set(payload, 18 + damage.length * 8);
  return bytes.buffer;
}
