// @ts-check
// What a receiver shows, requests and reports while it plays.
import assert from "node:assert/strict";
import { test } from "node:test";

import { PROTOCOL_VERSION } from "../../src/samescreen/viewer/wire.js";
import { CONFIG, FakeVideoDecoder, settled } from "./fakes/codecs.js";
import { LIVE, PACKET, STATS, STREAMS, WELCOME, scene } from "./fakes/receiving.js";

test("the page learns that what it shows is recorded", () => {
  const { host, details, welcome } = scene();
  welcome();
  assert.deepEqual(details("recording"), []);
  host.send({ type: "recording", on: true });
  host.send({ type: "recording", on: false });
  assert.deepEqual(details("recording"), [{ on: true }, { on: false }]);
});

test("from connecting to the first picture", async () => {
  const { host, surface, details, state, welcome, paint } = scene({ stream: "screen" });
  assert.equal(state(), "connecting connecting");
  welcome();
  assert.deepEqual(host.received("hello"), [
    { type: "hello", version: PROTOCOL_VERSION, accepts: ["h264", "jpeg"], hidden: false, stream: "screen", visit: "17", kinds: ["grants", "asked", "you", "from-host", "recording", "clipboard", "ink", "voices", "roster", "show-request", "acting", "png"], quality: "auto" },
  ]);
  assert.equal(state(), "waiting waiting");
  assert.deepEqual(details("streams"), [{ streams: STREAMS, watching: "screen" }]);
  assert.deepEqual(details("welcome"), [{ host: "desk", viewer: "v1", visit: "q1Jc" }]);
  await paint();
  assert.equal(surface.drawn.length, 1);
  assert.equal(state(), "live live");
  assert.deepEqual(details("size"), [{ width: 64, height: 48 }]);
  assert.deepEqual(host.received("ack").map(({ sequence, track }) => [sequence, track]), [[0, 0]]);
  await paint({ sequence: 1, isKeyframe: false });
  assert.deepEqual([details("firstpaint").length, details("size").length], [1, 1], "reported once");
});

test("the path is reported with the codec once it is known", () => {
  const { details, welcome } = scene();
  welcome();
  assert.deepEqual(details("path"), [{ path: "webcodecs", key: "webcodecs", codec: "avc1.42C020" }]);
});

test("packets and configs of another track, and the status of another stream, change nothing", async () => {
  const { host, surface, state, welcome } = scene();
  welcome();
  host.send({ ...CONFIG, track: 1, width: 32 });
  host.sendPacket({ ...PACKET, track: 1 });
  host.send({ ...LIVE, stream: "camera", state: "lost" });
  assert.deepEqual([FakeVideoDecoder.newest.configured.length, FakeVideoDecoder.newest.chunks.length], [1, 0]);
  await settled();
  assert.deepEqual(surface.drawn, []);
  assert.equal(state(), "waiting waiting");
});

test("after a gap it requests a keyframe, once, and again half a second later while none comes", async () => {
  const { host, welcome, pass, paint } = scene();
  welcome();
  await paint();
  pass(2000);
  host.sendPacket({ ...PACKET, sequence: 5, isKeyframe: false });
  host.sendPacket({ ...PACKET, sequence: 6, isKeyframe: false });
  assert.equal(host.received("need").length, 1);
  pass(500);
  assert.equal(host.received("need").length, 2);
  await paint({ sequence: 7 });
  pass(5000);
  assert.equal(host.received("need").length, 2);
});

test("hidden, or while the source is lost, it requests nothing", async () => {
  for (const [hidden, state] of /** @type {const} */ ([[true, "live"], [false, "lost"], [false, "waiting"]])) {
    const { host, receiver, welcome, pass } = scene();
    welcome();
    host.send({ ...LIVE, state });
    receiver.setHidden(hidden);
    pass(6000);
    host.sendPacket({ ...PACKET, isKeyframe: false });
    assert.deepEqual(host.received("need"), [], `${hidden} ${state}`);
  }
});

test("shown again, the tab says so and waits for a new picture", async () => {
  const { host, receiver, state, welcome, paint } = scene();
  welcome();
  await paint();
  receiver.setHidden(true);
  receiver.setHidden(true);
  assert.equal(state(), "live live");
  receiver.setHidden(false);
  assert.deepEqual(host.received("visibility").map(({ hidden }) => hidden), [true, false]);
  assert.equal(state(), "waiting paused");
  host.sendPacket({ ...PACKET, sequence: 1, isKeyframe: false });
  assert.equal(FakeVideoDecoder.newest.chunks.length, 1, "nothing is decoded before a keyframe");
  await paint({ sequence: 9 });
  assert.equal(state(), "live live");
});

test("another stream: asked for on the same connection, and shown once the host says so", async () => {
  const { host, surface, receiver, state, welcome, pass, paint } = scene();
  welcome();
  await paint();
  receiver.setStream("screen");
  receiver.setStream("camera");
  assert.deepEqual(host.received("watch"), [{ type: "watch", stream: "camera" }]);
  await paint({ sequence: 1, isKeyframe: false });
  assert.equal(surface.drawn.length, 2, "until then the old one goes on");
  host.send({ type: "streams", streams: STREAMS, watching: "camera" });
  assert.equal(state(), "waiting waiting");
  host.sendPacket({ ...PACKET, sequence: 2 });
  await settled();
  assert.equal(surface.drawn.length, 2, "nothing of the old track is painted");
  host.send({ ...CONFIG, track: 1 });
  await paint({ track: 1 });
  assert.equal(state(), "live live");
  pass(250);
  assert.equal(host.received("ack").at(-1).track, 1);
});

test("a lost connection comes back by itself with the stream last chosen and the pass last given", () => {
  const { host, receiver, state, welcome } = scene();
  welcome();
  receiver.setStream("camera");
  receiver.setPass("17.ab");
  host.newest.drop(1006);
  assert.equal(state(), "reconnecting reconnecting");
  host.fire();
  assert.equal(host.websockets.length, 2);
  assert.deepEqual(host.newest.protocols, ["samescreen", "samescreen.pass.17.ab"]);
  host.newest.open();
  assert.equal(host.received("hello")[0].stream, "camera");
});

test("a quality is said when it is chosen, and again on the next connection", () => {
  const { host, receiver, welcome } = scene({ quality: "full" });
  welcome();
  assert.deepEqual([host.received("hello")[0].quality, host.received("prefer")], ["full", []]);
  receiver.setQuality("low");
  assert.deepEqual(host.received("prefer"), [{ type: "prefer", quality: "low" }]);
  host.newest.drop(1006);
  host.fire();
  host.newest.open();
  assert.equal(host.received("hello")[0].quality, "low");
});

test("a quality chosen in the lobby is said after it", () => {
  const { host, receiver } = scene();
  host.newest.open();
  host.send({ type: "lobby" });
  receiver.setQuality("low");
  assert.deepEqual(host.received("prefer"), []);
  host.send(WELCOME);
  assert.deepEqual(host.received("prefer"), [{ type: "prefer", quality: "low" }]);
});

test("no keyframe is requested while the host sends stills to a page that decodes video", () => {
  const { host, welcome, pass } = scene({ quality: "full" });
  welcome();
  host.send({ ...STATS, rendition: 2 });
  pass(8000);
  assert.deepEqual(host.received("need"), []);
  host.send({ ...STATS, rendition: 0 });
  pass(250);
  assert.equal(host.received("need").length, 1);
});

test("statistics once a second: measured here, and what the host said", async () => {
  const { host, details, welcome, pass, paint } = scene();
  welcome();
  await paint();
  host.send(STATS);
  pass(1000);
  assert.equal(details("stats").length, 1);
  const [{ path, width, bitrateBps, host: said }] = details("stats");
  assert.deepEqual([path, width, bitrateBps, said.viewers], ["webcodecs", 64, 0, 1]);
  pass(1000);
  assert.equal(details("stats").length, 2);
  assert.equal(host.received("ping").length, 4);
});

test("another decoder is tried at once; one that this browser lacks is said to be missing", () => {
  const { host, receiver, state, welcome } = scene();
  welcome();
  receiver.setDecoder("jpeg");
  assert.deepEqual(host.received("accepts"), [{ type: "accepts", accepts: ["jpeg"] }]);
  assert.equal(host.received("need").length, 1);
  const { VideoDecoder } = globalThis;
  Reflect.deleteProperty(globalThis, "VideoDecoder");
  receiver.setDecoder("webcodecs");
  assert.equal(state(), "failed failed-missing");
  const never = scene({ decoder: "webcodecs" });
  assert.equal(never.state(), "failed failed-missing");
  assert.equal(never.host.websockets.length, 0);
  Object.assign(globalThis, { VideoDecoder });
});

test("sound is subscribed to when the host has some, and goes on as it came", () => {
  const { host, receiver, details, welcome } = scene();
  receiver.listen("opus");
  welcome();
  host.send({ type: "audio", track: 255, state: "live", detail: "", rate: 48_000, channels: 2 });
  assert.deepEqual(host.received("listen"), [{ type: "listen", on: true, codec: "opus" }]);
  host.sendPacket({ kind: 3, rendition: 3, track: 255, sequence: 4, payload: new Uint8Array([9]) });
  assert.deepEqual(details("sound").map(({ sequence, payload }) => [sequence, payload[0]]), [[4, 9]]);
});

test("what a person says goes to a host that has welcomed the page, and what the host answers to the page", () => {
  const { host, receiver, details, welcome } = scene();
  receiver.setHand(true);
  welcome();
  receiver.setHand(true);
  receiver.setName("Ada");
  receiver.writeLine("hello");
  assert.deepEqual(host.received().slice(-3), [{ type: "hand", up: true }, { type: "name", name: "Ada" }, { type: "line", text: "hello" }]);
  assert.equal(host.received("hand").length, 1);
  const you = { type: "you", name: "Ada", hand: true, speaks: true, took: 1 };
  host.send(you);
  host.send({ type: "from-host", text: "hi", to_you: true });
  host.send({ type: "grants", grants: ["watch"] });
  assert.deepEqual([details("you"), details("fromhost"), details("grants")], [[you], [{ type: "from-host", text: "hi", to_you: true }], [{ grants: ["watch"] }]]);
});

test("where something small changed is reported while the page follows, once a tick", async () => {
  const { receiver, details, welcome, paint, pass } = scene();
  welcome();
  await paint();
  pass(250);
  assert.deepEqual(details("activity"), []);
  receiver.setFollowed(true);
  await paint({ sequence: 1, isKeyframe: false, damage: [{ x: 0, y: 0, width: 64, height: 40 }, { x: 30, y: 20, width: 4, height: 8 }] });
  pass(500);
  assert.deepEqual(details("activity"), [{ x: 0.5, y: 0.5 }]);
});

test("sealed pictures without a key are named, until another stream is shown", () => {
  const { host, receiver, state, welcome } = scene();
  host.newest.open();
  welcome();
  host.send(LIVE);
  host.sendPacket({ ...PACKET, track: 1, isSealed: true });
  assert.notEqual(state(), "failed sealed-missing", "of a stream that is not watched");
  host.sendPacket({ ...PACKET, isSealed: true });
  assert.equal(state(), "failed sealed-missing");
  receiver.setStream("camera");
  host.send({ type: "streams", streams: STREAMS, watching: "camera" });
  assert.equal(state(), "waiting waiting");
});
