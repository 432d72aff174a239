// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { Hearing } from "../../src/samescreen/viewer/hearing.js";

function scene() {
  /** @type {any[]} */ const said = [];
  /** @type {any[]} */ const heard = [];
  const hearing = new Hearing((message) => said.push(message), (name, detail) => heard.push([name, detail]));
  return { hearing, said, heard };
}

/** @type {import("../../src/samescreen/viewer/wire.js").Audio} */
const AUDIO = { type: "audio", track: 255, state: "live", detail: "speakers", rate: 48_000, channels: 2 };

test("who wants to listen says so once the host has sound, and again on the next connection", () => {
  const { hearing, said } = scene();
  hearing.listen("opus");
  assert.deepEqual(said, []);
  hearing.told(AUDIO);
  hearing.told({ ...AUDIO, state: "lost" });
  assert.deepEqual(said, [{ type: "listen", on: true, codec: "opus" }]);
  hearing.lost();
  hearing.told(AUDIO);
  assert.equal(said.length, 2);
});

test("who stops listening says so, and nobody is asked who never listened", () => {
  const { hearing, said } = scene();
  hearing.told(AUDIO);
  assert.deepEqual(said, []);
  hearing.listen("pcm");
  hearing.listen(null);
  hearing.lost();
  hearing.told(AUDIO);
  assert.deepEqual(said.map(({ on }) => on), [true, false]);
});

test("only the track that the host told of is heard", () => {
  const { hearing, heard } = scene();
  const packet = { kind: 3, rendition: 3, track: 255, sequence: 7, ptsUs: 1, isKeyframe: true, damage: [], payload: new Uint8Array(2) };
  hearing.arrived(packet);
  hearing.told(AUDIO);
  hearing.arrived(packet);
  hearing.arrived({ ...packet, track: 0 });
  assert.deepEqual(heard.map(([name]) => name), ["audio", "sound"]);
});

test("a stream without sound is told as none, and who listened asks again for the next that has some", () => {
  const { hearing, said, heard } = scene();
  const packet = { kind: 3, rendition: 3, track: 255, sequence: 7, ptsUs: 1, isKeyframe: true, damage: [], payload: new Uint8Array(2) };
  hearing.told(AUDIO);
  hearing.listen("opus");
  hearing.told({ ...AUDIO, track: 0, state: "none" });
  hearing.arrived(packet);
  assert.deepEqual(heard.map(([name]) => name), ["audio", "audio"]);
  hearing.told({ ...AUDIO, track: 1 });
  assert.deepEqual(said.map(({ on }) => on), [true, true]);
  hearing.arrived({ ...packet, track: 1 });
  assert.equal(heard.at(-1)[0], "sound");
});

test("who asks to listen where there is no sound is not heard of by the host before there is", () => {
  const { hearing, said } = scene();
  hearing.told({ ...AUDIO, state: "none" });
  hearing.listen("pcm");
  assert.deepEqual(said, []);
  hearing.told(AUDIO);
  assert.deepEqual(said, [{ type: "listen", on: true, codec: "pcm" }]);
});
