// @ts-check
// The pure rules of publishing: how much may go up, what is inside an encoder, keyframes, times, sizes.

import assert from "node:assert/strict";
import { Overshoot } from "../../src/samescreen/viewer/publish/overshoot.js";
import { test } from "node:test";

import { FIRST_OUT_MS, InFlight, STUCK_MS } from "../../src/samescreen/viewer/publish/in_flight.js";
import { COALESCE_MS, KeyframeRequests } from "../../src/samescreen/viewer/publish/keyframes.js";
import { bitrateFor, codecFor, isKeyframe, lowShape, shapeOf } from "../../src/samescreen/viewer/publish/shape.js";
import { Times } from "../../src/samescreen/viewer/publish/times.js";
import { LEAST_BPS, Uplink } from "../../src/samescreen/viewer/publish/uplink.js";

test("half a second of unacknowledged bytes stops the pictures, a quarter lets them go on", () => {
  const uplink = new Uplink(8_000_000);
  assert.ok(uplink.hasRoom(0, 0));
  uplink.sent(500_000);
  assert.ok(!uplink.hasRoom(0, 0));
  uplink.got(200_000);
  assert.ok(!uplink.hasRoom(1, 0));
  uplink.got(500_000);
  assert.ok(uplink.hasRoom(2, 0));
});

test("bytes in the browser's own buffer count although nothing was acknowledged", () => {
  const uplink = new Uplink(2_000_000);
  assert.ok(!uplink.hasRoom(0, 2_000_000));
});

test("a narrow way up lowers the bitrate at once, and calm raises it slowly to where it began", () => {
  const uplink = new Uplink(4_000_000);
  let sent = 0;
  for (let ms = 0; ms < 10_000; ms += 1_000) {
    uplink.sent(1_000_000);
    sent += 1_000_000;
    assert.ok(!uplink.hasRoom(ms, 0));
    uplink.got(sent);
    assert.ok(uplink.hasRoom(ms + 100, 0));
  }
  assert.ok(uplink.bitrateBps < 1_000_000 && uplink.bitrateBps >= LEAST_BPS, String(uplink.bitrateBps));
  const low = uplink.bitrateBps;
  uplink.got(1e12);
  uplink.hasRoom(30_000, 0);
  uplink.tick(30_000);
  assert.ok(uplink.bitrateBps > low && uplink.bitrateBps < low * 1.1);
  for (let ms = 32_000; ms < 300_000; ms += 2_000) uplink.tick(ms);
  assert.equal(uplink.bitrateBps, 4_000_000);
});

test("acknowledgements of bytes that were never sent give no room", () => {
  const uplink = new Uplink(1_000_000);
  uplink.got(1e9);
  uplink.sent(100);
  assert.equal(uplink.waitingBytes, 100);
});

test("an encoder whose frames stay inside takes no more, until they are forgotten", () => {
  const inside = new InFlight(1);
  for (const at of [1, 2, 3]) inside.submitted(at, 0);
  assert.ok(!inside.hasRoom(10));
  inside.emitted(2);
  assert.ok(inside.hasRoom(10));
  inside.submitted(4, 20);
  inside.submitted(5, 20);
  assert.ok(!inside.hasRoom(30));
  assert.ok(inside.hasRoom(1_100));
});

test("an encoder is stuck when several frames gave nothing for long, the first ones for longer", () => {
  const inside = new InFlight(0);
  inside.submitted(1, 0);
  assert.ok(!inside.isStuck(1e6), "an encoder may drop one frame of a screen at rest");
  inside.submitted(2, 100);
  inside.submitted(3, 200);
  assert.deepEqual([inside.isStuck(FIRST_OUT_MS - 1), inside.isStuck(FIRST_OUT_MS + 1)], [false, true]);
  inside.emitted(3);
  assert.ok(!inside.isStuck(1e6));
  for (const at of [4, 5, 6]) inside.submitted(at, 10_000);
  assert.deepEqual([inside.isStuck(10_000 + STUCK_MS), inside.isStuck(10_001 + STUCK_MS)], [false, true]);
});

test("twenty requests at once are one keyframe, and one more is made later", () => {
  const requests = new KeyframeRequests();
  assert.equal(requests.waitMs(0), Infinity);
  for (let count = 0; count < 20; count += 1) requests.want();
  assert.deepEqual([requests.take(0), requests.take(0)], [true, false]);
  requests.want();
  assert.deepEqual([requests.waitMs(100), requests.take(100)], [COALESCE_MS - 100, false]);
  assert.ok(requests.take(COALESCE_MS));
});

test("times have the steps of the frames, never go back, and survive a jump of either clock", () => {
  const times = new Times();
  const got = [0, 33_333, 66_666].map((ownUs, at) => times.of(ownUs, 1_000_000 + at * 34_000 + (at % 2) * 900));
  assert.deepEqual(got.map((each) => each - got[0]), [0, 33_333, 66_666]);
  const again = times.now(1_000_000);
  assert.ok(again > got[2]);
  assert.ok(times.of(9e9, 2_000_000) > again, "the camera's clock stepped");
  assert.equal(times.of(9e9 + 33_333, 2_033_333), 2_033_333);
});

test("a picture is cut to what encoders take, and scaled only to fit the host's bounds", () => {
  const bounds = { long_side: 3840, short_side: 2160 };
  assert.deepEqual(shapeOf({ width: 1013, height: 771 }, bounds, 2), { shown: { width: 1012, height: 770 }, crop: { width: 1012, height: 770 } });
  assert.deepEqual(shapeOf({ width: 1080, height: 1920 }, bounds, 16).crop, { width: 1072, height: 1920 });
  const { shown, crop } = shapeOf({ width: 5120, height: 2880 }, bounds, 2);
  assert.deepEqual([shown, crop], [{ width: 3840, height: 2160 }, { width: 5120, height: 2880 }]);
  assert.deepEqual(shapeOf({ width: 1, height: 1 }, bounds, 2).shown, { width: 2, height: 2 });
  assert.deepEqual(lowShape({ width: 1920, height: 1080 }, 2), { width: 640, height: 360 });
});

test("the codec is Constrained Baseline at a level that holds the picture", () => {
  assert.equal(codecFor({ width: 1280, height: 720 }, 30), "avc1.42E01F");
  assert.equal(codecFor({ width: 1920, height: 1080 }, 30), "avc1.42E028");
  assert.equal(codecFor({ width: 3840, height: 2160 }, 30), "avc1.42E033");
  assert.ok(bitrateFor({ width: 1920, height: 1080 }, 30) > bitrateFor({ width: 640, height: 360 }, 30));
});

test("a keyframe is what its slices are, whatever stands before them", () => {
  const unit = (/** @type {number[]} */ ...types) => new Uint8Array(types.flatMap((type) => [0, 0, 0, 1, 0x60 | type, 0x88, 1]));
  assert.deepEqual([unit(7, 8, 5), unit(9, 6, 5, 5), unit(1), unit(6, 1), unit(7, 8), new Uint8Array(0)].map(isKeyframe), [true, true, false, false, false, false]);
});

test("an encoder that makes 40 % more than it was asked for is asked for less, until the sum is right", () => {
  const overshoot = new Overshoot();
  const wanted = 2_000_000;
  let asked = 0;
  let made = 0;
  for (let second = 0; second <= 20; second += 1) {
    overshoot.look(second * 1000, wanted);
    asked = wanted * overshoot.share;
    made = 1.4 * asked;
    overshoot.came(made / 8);
  }
  assert.ok(made <= 1.1 * wanted && made > 0.9 * wanted, String(made));
  for (let second = 21; second <= 80; second += 1) {
    overshoot.look(second * 1000, wanted);
    overshoot.came((0.2 * wanted) / 8); // a screen that hardly changes
  }
  assert.equal(overshoot.share, 1);
});

test("an encoder gone wild is asked for half, and no less", () => {
  const overshoot = new Overshoot();
  for (let second = 0; second < 20; second += 1) {
    overshoot.look(second * 1000, 1_000_000);
    overshoot.came(1_000_000);
  }
  assert.equal(overshoot.share, 0.5);
});
