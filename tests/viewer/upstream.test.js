// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Upstream } from "../../src/samescreen/viewer/upstream.js";

/** @type {any} */ const GREETING = { accepts: ["h264", "jpeg"], hidden: false, stream: "", visit: "1" };
/** @type {any} */ const WELCOME = { type: "welcome", ack_interval_ms: 50 };

/** @param {import("node:test").TestContext} t */
function scene(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  /** @type {{nowUs: number, sent: any[]}} */ const seen = { nowUs: 1_000_000, sent: [] };
  const upstream = new Upstream((text) => seen.sent.push(JSON.parse(text)), () => seen.nowUs);
  upstream.hello(GREETING);
  upstream.welcomed(WELCOME);
  seen.sent.length = 0;
  /** @param {number} ms */
  const pass = (ms) => {
    seen.nowUs += ms * 1000;
    t.mock.timers.tick(ms);
  };
  const acked = () => seen.sent.filter(({ type }) => type === "ack").map(({ sequence, held_us: heldUs }) => [sequence, heldUs / 1000]);
  return { upstream, seen, pass, acked };
}

/** @param {number} sequence */
const decoded = (sequence) => ({ rendition: 0, sequence });

test("the first packet is acknowledged at once, those within the interval together at its end", (t) => {
  const { upstream, pass, acked } = scene(t);
  upstream.decoded(decoded(1));
  assert.deepEqual(acked(), [[1, 0]]);
  pass(10);
  upstream.decoded(decoded(2));
  pass(20);
  upstream.decoded(decoded(3));
  assert.equal(acked().length, 1);
  pass(19);
  assert.equal(acked().length, 1);
  pass(1);
  assert.deepEqual(acked(), [[1, 0], [3, 20]], "the newest, and how long its ack was held");
  pass(500);
  assert.equal(acked().length, 2);
});

test("the host's interval counts from its message on", (t) => {
  const { upstream, pass, acked } = scene(t);
  upstream.acknowledgeEvery(200);
  upstream.decoded(decoded(1));
  pass(100);
  upstream.decoded(decoded(2));
  pass(99);
  assert.equal(acked().length, 1);
  pass(1);
  assert.equal(acked().length, 2);
});

test("a new connection acknowledges nothing of the one before, and knows nothing of its clock", (t) => {
  const { upstream, seen, pass, acked } = scene(t);
  upstream.pong({ type: "pong", sent_us: seen.nowUs - 4000, host_us: 5 });
  assert.equal(upstream.clock.rttUs, 4000);
  upstream.decoded(decoded(1));
  upstream.decoded(decoded(2));
  upstream.hello(GREETING);
  assert.equal(upstream.clock.rttUs, null);
  pass(1000);
  assert.deepEqual(acked(), [[1, 0]]);
});

test("after a switch of tracks, acks name the new one and skip what was decoded before", (t) => {
  const { upstream, seen, pass } = scene(t);
  upstream.decoded(decoded(1));
  upstream.decoded(decoded(2));
  upstream.switchTrack(4);
  upstream.decoded(decoded(3));
  pass(50);
  assert.deepEqual(seen.sent.map(({ sequence, track }) => [sequence, track]), [[1, 0], [3, 4]]);
});

test("closed, it sends no ack that was due", (t) => {
  const { upstream, pass, acked } = scene(t);
  upstream.decoded(decoded(1));
  upstream.decoded(decoded(2));
  upstream.close();
  pass(1000);
  assert.equal(acked().length, 1);
});

test("a silent host is stuck after four seconds and gone after nine; anything it sends counts", (t) => {
  const { upstream, pass } = scene(t);
  pass(4200);
  assert.deepEqual([upstream.isStuck, upstream.isSilent], [false, false]);
  pass(1);
  assert.deepEqual([upstream.isStuck, upstream.isSilent], [true, false]);
  pass(4800);
  assert.equal(upstream.isSilent, true);
  upstream.received();
  assert.deepEqual([upstream.isStuck, upstream.isSilent], [false, false]);
});
