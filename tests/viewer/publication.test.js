// @ts-check
// Something shown, from the click to the end: whatever ends it, its track is stopped, once; and what the person sees of it.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Publication } from "../../src/samescreen/viewer/publish/publication.js";

class FakeTrack extends EventTarget {
  readyState = "live";
  stop = mock.fn();
}

/** @param {object} [probe] @param {boolean} [hasSound] @param {"live"|"ended"} [readyState]  of the track */
async function scene(probe = { lag: 0 }, hasSound = false, readyState = "live") {
  const window = new EventTarget();
  for (const name of ["addEventListener", "removeEventListener"]) Object.defineProperty(globalThis, name, { value: /** @type {any} */ (window)[name].bind(window), configurable: true });
  Object.defineProperty(globalThis, "navigator", { value: { userAgent: "X11; Linux" }, configurable: true });
  const track = Object.assign(new FakeTrack(), { readyState });
  const pictures = { granted: mock.fn(), want: mock.fn(), lost: mock.fn(), refresh: mock.fn(), stop: mock.fn(), drawInto: mock.fn(), isPaused: false, isSlow: false, counts: { captured: 0, encoded: 0, bytes: 0 } };
  const jpegs = { ...pictures, granted: mock.fn(), want: mock.fn(), stop: mock.fn(), refresh: mock.fn(), lost: mock.fn() };
  const upline = { endSound: mock.fn(), track: 0, reoffer: mock.fn(), rename: mock.fn(), isUp: false, bitrateBps: 1e6, hasRoom: () => true, send: mock.fn(), say: mock.fn(), tick: mock.fn(), close: mock.fn(), setPass: mock.fn() };
  const sounding = { want: mock.fn(), stop: mock.fn() };
  const sound = hasSound ? new FakeTrack() : null;
  /** @type {any} */ let soundOut;
  /** @type {any[]} */ const offers = [];
  /** @type {any} */ let line;
  /** @type {any} */ let out;
  const events = { onChange: mock.fn(), onEnd: mock.fn() };
  const publication = new Publication({ kind: "camera", track: /** @type {any} */ (track), sound: /** @type {any} */ (sound), stream: "camera-1", name: "Ann · camera", url: "ws://h/ws/publish", pass: null }, events, {
    probe: async () => /** @type {any} */ (probe),
    newPictures: (_track, _probe, given) => ((out = given), /** @type {any} */ (pictures)),
    newSound: (_track, given) => ((soundOut = given), /** @type {any} */ (sounding)),
    newJpegs: () => /** @type {any} */ (jpegs),
    newUpline: (_url, _pass, offered, given) => (offers.push(offered), (line = given), /** @type {any} */ (upline)),
  });
  await new Promise((resolve) => setImmediate(resolve));
  const said = (/** @type {string} */ type) => upline.say.mock.calls.map((call) => call.arguments[0]).filter((each) => each.type === type);
  return { window, track, sound, sounding, soundOut, pictures, jpegs, upline, offers, line, out, events, publication, said };
}

const WANT = { renditions: [0], keyframes: [0] };

test("it is idle until somebody wants it, and live then", async () => {
  const { publication, line, upline, pictures, said } = await scene();
  assert.equal(publication.state, "connecting");
  upline.isUp = true;
  line.onGrant({ long_side: 3840, short_side: 2160 });
  assert.deepEqual([publication.state, said("state")[0].state, pictures.granted.mock.callCount()], ["idle", "live", 1]);
  line.onWant(WANT);
  assert.equal(publication.state, "live");
  line.onWant({ renditions: [], keyframes: [] });
  assert.equal(publication.state, "idle");
  publication.stop();
});

for (const [name, end] of /** @type {[string, (given: any) => void][]} */ ([
  ["stopped", ({ publication }) => publication.stop()],
  ["track-ended", ({ track }) => track.dispatchEvent(new Event("ended"))],
  ["left", ({ window }) => window.dispatchEvent(new Event("pagehide"))],
  ["revoked", ({ line }) => line.onEnd("revoked")],
  ["gone", ({ line }) => line.onEnd("gone")],
  ["stopping", ({ line }) => line.onEnd("stopping")],
]))
  test(`${name}: the track is stopped, the connection closed, and the reason said once`, async () => {
    const given = await scene();
    end(given);
    given.publication.stop();
    given.window.dispatchEvent(new Event("pagehide"));
    assert.deepEqual(given.events.onEnd.mock.calls.map((call) => call.arguments), [[name]]);
    assert.deepEqual([given.track.stop, given.pictures.stop, given.upline.close].map((each) => each.mock.callCount()), [1, 1, 1]);
    assert.ok(given.publication.isOver);
  });

for (const why of ["no-api", "failed", "lags"])
  test(`a browser whose probe says "${why}" offers JPEG files`, async () => {
    const { offers, jpegs, pictures, line, upline, publication } = await scene({ why, detail: "" });
    assert.deepEqual([offers[0].jpegFps, jpegs.granted.mock.callCount()], [15, 0]);
    upline.isUp = true;
    line.onGrant({ long_side: 1920, short_side: 1080 });
    line.onWant({ renditions: [2], keyframes: [2] });
    assert.deepEqual([publication.state, jpegs.want.mock.callCount(), pictures.want.mock.callCount()], ["jpeg", 1, 0]);
    publication.stop();
    assert.equal(jpegs.stop.mock.callCount(), 1);
  });

test("an encoder that is lost for good is replaced by JPEG files; the track and its viewers stay", async () => {
  const { out, offers, jpegs, pictures, line, upline, track, events, publication, said } = await scene();
  upline.isUp = true;
  line.onGrant({});
  line.onWant(WANT);
  publication.pause(true);
  out.giveUp("lost");
  out.giveUp("lost");
  assert.deepEqual(upline.reoffer.mock.calls.map((call) => call.arguments[0].jpegFps), [15]);
  assert.deepEqual([offers[0].jpegFps, pictures.stop.mock.callCount(), jpegs.isPaused], [undefined, 1, true]);
  assert.deepEqual([track.stop.mock.callCount(), events.onEnd.mock.callCount()], [0, 0]);
  line.onGrant({ long_side: 1920, short_side: 1080 });
  assert.deepEqual([jpegs.granted.mock.callCount(), said("state").at(-1).reason], [1, "paused"]);
  publication.stop();
});

test("a track that ended while this code was loading is not shown", async () => {
  const { events, offers, publication } = await scene(undefined, false, "ended");
  assert.deepEqual([events.onEnd.mock.calls.map((call) => call.arguments), offers], [[["track-ended"]], []]);
  assert.ok(publication.isOver);
});

test("a track that ends while the encoder is probed never reaches the host", async () => {
  const given = scene();
  await null;
  const { track, events, upline, publication } = await given;
  publication.stop();
  track.dispatchEvent(new Event("ended"));
  assert.equal(events.onEnd.mock.callCount(), 1);
  assert.equal(upline.send.mock.callCount(), 0);
});

test("pause is said to the host, and no picture is made meanwhile", async () => {
  const { publication, upline, line, pictures, said } = await scene();
  upline.isUp = true;
  line.onGrant({});
  line.onWant(WANT);
  publication.pause(true);
  assert.deepEqual([publication.state, pictures.isPaused, said("state").at(-1).reason], ["paused", true, "paused"]);
  publication.pause(false);
  assert.deepEqual([publication.state, pictures.isPaused, said("state").at(-1).reason], ["live", false, "live"]);
  publication.stop();
});

test("another name is said once", async () => {
  const { publication, upline } = await scene();
  for (const name of ["Ann · camera", "Anna · camera", "Anna · camera"]) publication.rename(name);
  assert.deepEqual([publication.name, upline.rename.mock.calls.map((call) => call.arguments)], ["Anna · camera", [["Anna · camera"]]]);
  publication.stop();
});

test("a lost connection takes the demand along", async () => {
  const { publication, upline, line, pictures } = await scene();
  upline.isUp = true;
  line.onGrant({});
  line.onWant(WANT);
  upline.isUp = false;
  line.onDown();
  assert.deepEqual([publication.state, pictures.lost.mock.callCount()], ["lost", 1]);
  publication.stop();
});

test("the sound of a tab goes up while somebody listens, and not while it is paused", async () => {
  const { publication, line, upline, offers, sound, sounding, soundOut } = await scene({ lag: 0 }, true);
  assert.deepEqual([offers[0].hasSound, publication.hasSound], [true, true]);
  upline.isUp = true;
  line.onGrant({});
  line.onSoundWant(true);
  publication.pause(true);
  publication.pause(false);
  line.onDown();
  assert.deepEqual(sounding.want.mock.calls.map((call) => call.arguments[0]), [true, false, true, false]);
  soundOut.packet(new Uint8Array(3), 7);
  const [sent] = upline.send.mock.calls[0].arguments;
  assert.deepEqual([sent.kind, sent.rendition, sent.ptsUs, sent.isKeyframe], [3, 3, 7, true]);
  publication.stop();
  assert.deepEqual([sound?.stop.mock.callCount(), sounding.stop.mock.callCount()], [1, 1]);
});

test("sound that ends by itself leaves the pictures", async () => {
  const { publication, upline, soundOut, events } = await scene({ lag: 0 }, true);
  soundOut.end();
  assert.deepEqual([publication.hasSound, upline.endSound.mock.callCount(), events.onEnd.mock.callCount()], [false, 1, 0]);
  publication.stop();
});
