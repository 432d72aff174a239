// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Gate } from "../../src/samescreen/viewer/gate.js";

test("nothing passes before the first keyframe", () => {
  const gate = new Gate();
  assert.equal(gate.offer(4, false), "drop");
  assert.equal(gate.offer(5, true), "resync");
  assert.equal(gate.offer(6, false), "pass");
  assert.equal(gate.dropped, 1);
});

test("a gap shuts it until a keyframe", () => {
  const gate = new Gate();
  gate.offer(0, true);
  assert.equal(gate.offer(2, false), "drop");
  assert.equal(gate.offer(3, false), "drop");
  assert.equal(gate.offer(4, true), "resync");
  assert.equal(gate.offer(5, false), "pass");
});

test("a keyframe in step is like any packet; after a gap it is a new start", () => {
  const gate = new Gate();
  gate.offer(0, true);
  assert.equal(gate.offer(1, true), "pass");
  assert.equal(gate.offer(9, true), "resync");
});

test("the sequence wraps at 2³²", () => {
  const gate = new Gate();
  gate.offer(2 ** 32 - 1, true);
  assert.equal(gate.offer(0, false), "pass");
});

test("shut by hand, the next packet in step does not pass", () => {
  const gate = new Gate();
  gate.offer(0, true);
  gate.shut();
  assert.equal(gate.offer(1, false), "drop");
});

test("asks at most every 500 ms, later and later, and not at all while open", () => {
  const gate = new Gate();
  const asked = [];
  for (let nowUs = 0; nowUs < 8_000_000; nowUs += 50_000) if (gate.takeRequest(nowUs)) asked.push(nowUs / 1000);
  assert.deepEqual(asked, [0, 500, 1500, 3500, 7500]);
  gate.offer(0, true);
  assert.equal(gate.takeRequest(99_000_000), false);
});

test("after a keyframe it asks eagerly again, but never twice within 500 ms", () => {
  const gate = new Gate();
  assert.ok(gate.takeRequest(0));
  gate.offer(0, true);
  gate.shut();
  assert.equal(gate.takeRequest(400_000), false);
  assert.ok(gate.takeRequest(500_000));
});

test("a new connection gets its keyframe unasked", () => {
  const gate = new Gate();
  gate.restart(10_000_000);
  assert.equal(gate.takeRequest(10_900_000), false);
  assert.ok(gate.takeRequest(11_000_000));
});

test("no delta passes without every packet since a keyframe having passed", () => {
  let seed = 3;
  const random = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x80000000;
  for (let round = 0; round < 200; round += 1) {
    const gate = new Gate();
    let inStep = false;
    let last = -1;
    for (let sequence = 0; sequence < 100; sequence += 1) {
      const isKeyframe = random() < 0.1;
      if (random() < 0.1) continue;
      if (random() < 0.05) {
        gate.shut();
        inStep = false;
      }
      if (sequence !== last + 1) inStep = false;
      last = sequence;
      inStep ||= isKeyframe;
      assert.equal(gate.offer(sequence, isKeyframe) !== "drop", inStep);
    }
  }
});
