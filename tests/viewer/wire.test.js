// @ts-check
// The wire on the vectors that Python runs too, and on messages cut short or made of noise.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { ProtocolError, messageFromText, messageToText, packetFromBytes } from "../../src/samescreen/viewer/wire.js";

/** @param {string} name */
const vectors = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8"));

/** @typedef {{name: string, kind: number, rendition: number, track: number, sequence: number, pts_us: number, is_keyframe: boolean, is_sealed?: boolean, damage: number[][], payload: string, bytes: string}} PacketVector */
/** @type {PacketVector[]} */
const packets = vectors("packets.json");
/** @type {{to_viewer: string[], from_viewer: string[], refused: string[]}} */
const messages = vectors("messages.json");

/** @param {string} hex */
const bytesOf = (hex) => new Uint8Array(Buffer.from(hex, "hex")).buffer;

for (const vector of packets) {
  test(`packet: ${vector.name}`, () => {
    const packet = packetFromBytes(bytesOf(vector.bytes));
    assert.equal(packet.kind, vector.kind);
    assert.equal(packet.rendition, vector.rendition);
    assert.equal(packet.track, vector.track);
    assert.equal(packet.sequence, vector.sequence);
    assert.equal(packet.ptsUs, vector.pts_us);
    assert.equal(packet.isKeyframe, vector.is_keyframe);
    assert.equal(packet.isSealed, vector.is_sealed ?? false);
    assert.deepEqual(
      packet.damage.map(({ x, y, width, height }) => [x, y, width, height]),
      vector.damage,
    );
    assert.equal(Buffer.from(packet.payload).toString("hex"), vector.payload);
  });
}

test("a packet cut short anywhere before its payload is refused", () => {
  for (const vector of packets) {
    const whole = bytesOf(vector.bytes);
    const payloadStart = whole.byteLength - vector.payload.length / 2;
    for (let length = 0; length < payloadStart; length += 1)
      assert.throws(() => packetFromBytes(whole.slice(0, length)), ProtocolError);
  }
});

test("noise is a packet or a ProtocolError, never anything else", () => {
  let seed = 7;
  const random = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x80000000;
  for (let round = 0; round < 2000; round += 1) {
    const noise = Uint8Array.from({ length: Math.floor(random() * 60) }, () => Math.floor(random() * 256));
    try {
      packetFromBytes(noise.buffer);
    } catch (error) {
      assert.ok(error instanceof ProtocolError);
    }
  }
});

test("flags other than the keyframe bit are ignored", () => {
  const bytes = new Uint8Array(bytesOf(packets[0].bytes));
  bytes[1] = 0xfe;
  assert.equal(packetFromBytes(bytes.buffer).isKeyframe, false);
  bytes[1] = 0xff;
  assert.equal(packetFromBytes(bytes.buffer).isKeyframe, true);
});

test("every message to the viewer is understood", () => {
  for (const text of messages.to_viewer) assert.deepEqual(messageFromText(text), JSON.parse(text));
});

test("messages to the viewer may gain fields, but not lose or twist one", () => {
  for (const text of messages.to_viewer) {
    const message = JSON.parse(text);
    assert.ok(messageFromText(JSON.stringify({ ...message, later: 1 })));
    for (const field of Object.keys(message)) {
      assert.throws(
        () => messageFromText(JSON.stringify({ ...message, [field]: undefined })),
        ProtocolError,
        `${text} without ${field}`,
      );
      assert.throws(
        () => messageFromText(JSON.stringify({ ...message, [field]: { odd: true } })),
        ProtocolError,
        `${text} with odd ${field}`,
      );
    }
  }
});

test("every message from the viewer is written as in the vectors", () => {
  for (const text of messages.from_viewer) assert.equal(messageToText(JSON.parse(text)), text);
});

test("what is no message to a viewer is refused", () => {
  const others = ["{", "null", "1", '"bye"', '{"type":"toString"}', '{"type":["bye"]}', '{"type":"__proto__"}'];
  for (const text of [...messages.refused, ...messages.from_viewer, ...others])
    assert.throws(() => messageFromText(text), ProtocolError, text);
});
