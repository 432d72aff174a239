// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Session } from "../../src/samescreen/viewer/session.js";

function scene() {
  /** @type {any[]} */ const sent = [];
  const session = new Session((text) => sent.push(JSON.parse(text)));
  /** @type {import("../../src/samescreen/viewer/wire.js").Welcome} */
  const welcome = { type: "welcome", version: 2, viewer: "v1", host: "desk", ack_interval_ms: 50, streams: [], watching: "screen", visit: "q1Jc" };
  return { session, sent, welcome };
}

test("four pings in the first second, then one every two", () => {
  const { session, sent, welcome } = scene();
  session.welcomed(welcome, 0);
  for (let nowUs = 250_000; nowUs <= 9_000_000; nowUs += 250_000) session.tick(nowUs);
  assert.deepEqual(
    sent.map((message) => message.sent_us / 1000),
    [0, 250, 500, 750, 2750, 4750, 6750, 8750],
  );
});

test("acks carry the newest decoded packet of each rendition, at most once per interval", () => {
  const { session, sent, welcome } = scene();
  session.welcomed(welcome, 0);
  sent.length = 0;
  assert.equal(session.decoded(0, { sequence: 1, atUs: 1_000_000 }), 0);
  session.acknowledge(1_000_000);
  assert.equal(session.decoded(0, { sequence: 2, atUs: 1_010_000 }), 40_000);
  session.decoded(0, { sequence: 3, atUs: 1_030_000 });
  session.decoded(2, { sequence: 7, atUs: 1_040_000 });
  session.acknowledge(1_050_000);
  session.acknowledge(1_060_000);
  assert.deepEqual(sent, [
    { type: "ack", rendition: 0, sequence: 1, held_us: 0, track: 0 },
    { type: "ack", rendition: 0, sequence: 3, held_us: 20_000, track: 0 },
    { type: "ack", rendition: 2, sequence: 7, held_us: 10_000, track: 0 },
  ]);
});

test("turned to another track, nothing of the one before is acknowledged", () => {
  const { session, sent } = scene();
  session.decoded(0, { sequence: 9, atUs: 0 });
  session.switchTrack(4);
  session.acknowledge(1_000);
  session.decoded(0, { sequence: 1, atUs: 2_000 });
  session.acknowledge(2_000);
  assert.deepEqual(sent, [{ type: "ack", rendition: 0, sequence: 1, held_us: 0, track: 4 }]);
});

test("reports only while pictures arrive", () => {
  const { session, sent } = scene();
  session.report(2_000_000, { fps: 0, latencyUs: null, decodeUs: null, bitrateBps: 0 }, "wasm", 0);
  session.report(3_000_000, { fps: 60, latencyUs: null, decodeUs: 2000, bitrateBps: 5 }, "wasm", 4);
  assert.deepEqual(sent, [{ type: "report", fps: 60, latency_us: 0, decode_us: 2000, decoder: "wasm", dropped: 4 }]);
});

test("one more report, of no pictures, when they have stopped", () => {
  const { session, sent } = scene();
  const still = { fps: 0, latencyUs: null, decodeUs: null, bitrateBps: 0 };
  session.report(2_000_000, { fps: 1, latencyUs: 30_000, decodeUs: 40_000, bitrateBps: 5 }, "wasm", 0);
  session.report(2_500_000, still, "wasm", 0);
  for (let nowUs = 3_000_000; nowUs < 9_000_000; nowUs += 1_000_000) session.report(nowUs, still, "wasm", 0);
  session.report(9_000_000, { fps: 2, latencyUs: 30_000, decodeUs: 4_000, bitrateBps: 5 }, "wasm", 0);
  assert.deepEqual(sent.map(({ fps, decode_us }) => [fps, decode_us]), [[1, 40_000], [0, 0], [2, 4_000]]);
});

test("a host silent for nine seconds is gone", () => {
  const { session } = scene();
  session.hello({ accepts: ["h264", "jpeg"], hidden: false, stream: "", visit: "1" }, 0);
  assert.equal(session.isSilent(9_000_000), false);
  assert.equal(session.isSilent(9_000_001), true);
  session.received(9_000_000);
  assert.equal(session.isSilent(17_000_000), false);
});
