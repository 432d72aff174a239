// @ts-check
// The connection of something shown: what it says and when, how it ends, and that it comes back.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { GONE_MS, SOUND, Upline } from "../../src/samescreen/viewer/publish/upline.js";
import { FakeHost } from "./fakes/host.js";

const PICTURE = { kind: 1, rendition: 0, ptsUs: 5, isKeyframe: true, payload: new Uint8Array(100) };
const GRANT = { type: "grant", track: 0, long_side: 3840, short_side: 2160, fps: 60, bitrate_bps: 4_000_000 };

function scene() {
  const host = new FakeHost();
  const clock = { nowMs: 1_000 };
  const events = { onGrant: mock.fn(), onWant: mock.fn(), onSeen: mock.fn(), onRoom: mock.fn(), onDown: mock.fn(), onEnd: mock.fn() };
  const upline = new Upline("ws://h/ws/publish", "a-pass", { stream: "screen-1", name: "Ann · screen", bitrateBps: 4_000_000, lowBps: 400_000 }, events, {
    around: host.around,
    nowMs: () => clock.nowMs,
  });
  const begin = () => {
    host.newest.open();
    host.send({ type: "published", version: 2, host: "desk", profile: "page", message_bytes: 2_097_152, got_interval_ms: 100 });
    host.send(GRANT);
  };
  const texts = (/** @type {string} */ type) => host.newest.sent.filter((each) => typeof each === "string").map((each) => JSON.parse(each)).filter((each) => each.type === type);
  const media = () => host.newest.sent.filter((each) => typeof each !== "string").length;
  return { host, clock, events, upline, begin, texts, media };
}

test("it offers one track of pictures, and sends none before the host takes it", () => {
  const { host, events, upline, begin, texts, media } = scene();
  assert.deepEqual(host.newest.protocols, ["samescreen", "samescreen.pass.a-pass"]);
  upline.send(PICTURE);
  begin();
  const [offer] = texts("offer");
  assert.deepEqual([offer.track, offer.stream, offer.name, offer.video.length, offer.sounds], [0, "screen-1", "Ann · screen", 2, []]);
  assert.equal(media(), 0);
  upline.send(PICTURE);
  upline.send(PICTURE);
  assert.equal(media(), 2);
  assert.equal(events.onGrant.mock.callCount(), 1);
});

test("unacknowledged pictures close the way up, and what the host got opens it", () => {
  const { host, events, upline, begin } = scene();
  begin();
  assert.ok(upline.hasRoom());
  for (let count = 0; count < 40; count += 1) upline.send({ ...PICTURE, payload: new Uint8Array(10_000) });
  assert.ok(!upline.hasRoom());
  host.send({ type: "got", bytes: 1_000_000, host_us: 1 });
  assert.ok(upline.hasRoom());
  assert.equal(events.onRoom.mock.callCount(), 1);
});

test("a connection that is lost comes back with the same offer and numbers that begin again", () => {
  const { host, events, upline, begin, texts } = scene();
  begin();
  upline.send(PICTURE);
  host.newest.drop(1006);
  assert.equal(events.onDown.mock.callCount(), 1);
  assert.ok(!upline.hasRoom());
  host.fire();
  begin();
  assert.equal(texts("offer")[0].stream, "screen-1");
  const [before, after] = host.websockets.map(({ sent }) => JSON.parse(String(sent[0])).program);
  assert.ok(before.length > 20);
  assert.equal(after, before, "it replaces the connection before");
  upline.send(PICTURE);
  const sent = /** @type {Uint8Array} */ (/** @type {unknown} */ (host.newest.sent.at(-1)));
  assert.equal(new DataView(sent.buffer).getUint32(2 + 4), 0);
  assert.equal(events.onEnd.mock.callCount(), 0);
});

test("a host that cannot be reached for a minute ends it", () => {
  const { host, clock, events, upline, begin } = scene();
  begin();
  host.newest.drop(1006);
  clock.nowMs += GONE_MS;
  upline.tick();
  assert.equal(events.onEnd.mock.callCount(), 0);
  clock.nowMs += 1;
  upline.tick();
  assert.deepEqual(events.onEnd.mock.calls[0].arguments, ["gone"]);
});

test("another offer after more than a minute waits for its grant as the first one did", () => {
  const { host, clock, events, upline, begin } = scene();
  begin();
  clock.nowMs += 2 * GONE_MS;
  host.send({ type: "got", bytes: 0, host_us: 1 });
  upline.reoffer({ stream: "screen-1", name: "Ann · screen", bitrateBps: 4_000_000, lowBps: 400_000, jpegFps: 15 });
  upline.tick();
  assert.equal(events.onEnd.mock.callCount(), 0);
  host.send({ ...GRANT, track: 1 });
  assert.ok(upline.isUp);
});

test("another name is an offer of the same track, and what is sent goes on", () => {
  const { upline, begin, texts, media } = scene();
  upline.rename("Anna · screen");
  begin();
  upline.rename("Bea · screen");
  upline.send(PICTURE);
  assert.deepEqual(texts("offer").map(({ track, name }) => [track, name]), [[0, "Anna · screen"], [0, "Bea · screen"]]);
  assert.equal(media(), 1);
});

for (const [code, why] of /** @type {const} */ ([[4403, "revoked"], [4401, "revoked"], [4410, "put-out"], [4429, "full"], [4426, "version"], [4400, "failed"], [1001, "stopping"]]))
  test(`a close with ${code} ends it for good: ${why}`, () => {
    const { host, events, begin } = scene();
    begin();
    host.newest.drop(code);
    assert.deepEqual(events.onEnd.mock.calls.map((call) => call.arguments), [[why]]);
    assert.deepEqual([host.websockets.length, host.timers.length], [1, 0]);
  });

test("a refused offer and an ended track end it; a question to the host does not", () => {
  for (const [message, why] of /** @type {[object, string|undefined][]} */ ([
    [{ type: "refuse", track: 0, reason: "full", detail: "" }, "full"],
    [{ type: "refuse", track: 0, reason: "not-allowed", detail: "" }, "not-allowed"],
    [{ type: "refuse", track: 0, reason: "asked", detail: "" }, undefined],
    [{ type: "ended", track: 0, reason: "revoked", detail: "" }, "revoked"],
    [{ type: "ended", track: 0, reason: "stalled", detail: "" }, "gone"],
  ])) {
    const { host, events, begin } = scene();
    begin();
    host.send(message);
    assert.equal(events.onEnd.mock.calls[0]?.arguments[0], why);
  }
});

test("a silent host is given up, a long sleep of a hidden tab's timers is not silence", () => {
  const { host, clock, events, upline, begin } = scene();
  begin();
  host.send({ type: "clock", sent_us: 1_000_000, host_us: 7 });
  clock.nowMs += 60_000;
  upline.tick();
  assert.equal(events.onDown.mock.callCount(), 0);
  clock.nowMs += 9_001;
  upline.tick();
  assert.equal(events.onDown.mock.callCount(), 1);
  assert.equal(host.timers.length, 1);
});

test("garbage from the host is a warning, and the next message counts", () => {
  const warn = mock.method(console, "warn", () => {});
  const { host, events, begin } = scene();
  begin();
  host.send("{");
  host.send({ type: "seen", track: 0, viewers: 2, names: ["Bob"], recorded: true });
  assert.equal(events.onSeen.mock.callCount(), 1);
  assert.equal(warn.mock.callCount(), 1);
  warn.mock.restore();
});

test("to stop says so before the connection closes", () => {
  const { host, upline, begin, texts } = scene();
  begin();
  upline.close();
  assert.equal(texts("end").length, 1);
  assert.equal(host.newest.readyState, 3);
});

test("JPEG files are offered under another number, and what is said of the first one counts no more", () => {
  const { host, events, upline, begin, texts, media } = scene();
  begin();
  upline.reoffer({ stream: "screen-1", name: "Ann · screen", bitrateBps: 4_000_000, lowBps: 400_000, jpegFps: 15 });
  const offer = texts("offer").at(-1);
  assert.deepEqual([offer.track, offer.stream, offer.video, offer.stills.fps], [1, "screen-1", [], 15]);
  host.send({ type: "ended", track: 0, reason: "format", detail: "" });
  assert.equal(events.onEnd.mock.callCount(), 0);
  upline.send(PICTURE);
  assert.equal(media(), 0, "it is not granted yet");
  host.send({ ...GRANT, track: 1 });
  upline.send(PICTURE);
  assert.equal(/** @type {any} */ (host.newest.sent.at(-1))[2 + 2], 1);
  upline.close();
  assert.equal(texts("end")[0].track, 1);
});

test("sound has a track of its own, which its end takes away from the pictures", () => {
  const host = new FakeHost();
  const events = { onGrant: mock.fn(), onWant: mock.fn(), onSoundWant: mock.fn(), onSeen: mock.fn(), onRoom: mock.fn(), onDown: mock.fn(), onEnd: mock.fn() };
  const upline = new Upline("ws://h/ws/publish", null, { stream: "s", name: "n", bitrateBps: 4_000_000, lowBps: 400_000, hasSound: true }, events, { around: host.around });
  host.newest.open();
  host.send({ type: "published", version: 2, host: "desk", profile: "page", message_bytes: 2_097_152, got_interval_ms: 100 });
  const said = () => host.newest.sent.filter((each) => typeof each === "string").map((each) => JSON.parse(each));
  const offers = () => said().filter(({ type }) => type === "offer").map(({ track, sounds, sound, video, stills }) => [track, sounds, sound, video.length, stills === null]);
  assert.deepEqual(offers(), [[SOUND, [3], null, 0, true], [0, [], SOUND, 2, false]]);
  host.send({ ...GRANT, track: SOUND });
  host.send(GRANT);
  assert.deepEqual([said().filter(({ type, track }) => type === "state" && track === SOUND).length, events.onGrant.mock.callCount()], [1, 1]);
  const want = { type: "want", track: SOUND, renditions: [3], keyframes: [], targets: [], stills: null, paused: false, still_bytes: 0, quality: null };
  host.send(want);
  host.send({ ...want, renditions: [] });
  assert.deepEqual([events.onSoundWant.mock.calls.map((call) => call.arguments[0]), events.onWant.mock.callCount()], [[true, false], 0]);
  upline.send({ ...PICTURE, kind: 3, rendition: 3 });
  assert.equal(/** @type {any} */ (host.newest.sent.at(-1))[2 + 2], SOUND);
  host.send({ type: "ended", track: SOUND, reason: "format", detail: "" });
  assert.equal(events.onEnd.mock.callCount(), 0, "the pictures go on");
  upline.endSound();
  assert.deepEqual(offers().at(-1), [0, [], null, 2, false]);
  assert.deepEqual(said().at(-1), { type: "end", track: SOUND });
});
