// @ts-check
// Something shown, from the click to the end: whatever ends it, its track is stopped, once; and what the person sees of it.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Publication } from "../../src/samescreen/viewer/publish/publication.js";

class FakeTrack extends EventTarget {
  stop = mock.fn();
}

/** @param {object} [probe] */
async function scene(probe = { lag: 0 }) {
  const window = new EventTarget();
  for (const name of ["addEventListener", "removeEventListener"]) Object.defineProperty(globalThis, name, { value: /** @type {any} */ (window)[name].bind(window), configurable: true });
  Object.defineProperty(globalThis, "navigator", { value: { userAgent: "X11; Linux" }, configurable: true });
  const track = new FakeTrack();
  const pictures = { granted: mock.fn(), want: mock.fn(), lost: mock.fn(), refresh: mock.fn(), stop: mock.fn(), drawInto: mock.fn(), isPaused: false, isSlow: false, counts: { captured: 0, encoded: 0, bytes: 0 } };
  const upline = { isUp: false, bitrateBps: 1e6, hasRoom: () => true, send: mock.fn(), say: mock.fn(), tick: mock.fn(), close: mock.fn(), setPass: mock.fn() };
  /** @type {any} */ let line;
  /** @type {any} */ let out;
  const events = { onChange: mock.fn(), onEnd: mock.fn() };
  const publication = new Publication({ kind: "camera", track: /** @type {any} */ (track), stream: "camera-1", name: "Ann · camera", url: "ws://h/ws/publish", pass: null }, events, {
    probe: async () => /** @type {any} */ (probe),
    newPictures: (_track, _probe, given) => ((out = given), /** @type {any} */ (pictures)),
    newUpline: (_url, _pass, _offered, given) => ((line = given), /** @type {any} */ (upline)),
  });
  await new Promise((resolve) => setImmediate(resolve));
  const said = (/** @type {string} */ type) => upline.say.mock.calls.map((call) => call.arguments[0]).filter((each) => each.type === type);
  return { window, track, pictures, upline, line, out, events, publication, said };
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
  ["encoder", ({ out }) => out.giveUp("lost")],
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

for (const [why, ending] of [["no-api", "no-encoder"], ["failed", "no-encoder"], ["lags", "slow-encoder"]])
  test(`a browser whose probe says "${why}" shows nothing, and its camera goes out`, async () => {
    const { track, upline, events } = await scene({ why, detail: "" });
    assert.deepEqual(events.onEnd.mock.calls[0].arguments, [ending]);
    assert.deepEqual([track.stop.mock.callCount(), upline.say.mock.callCount()], [1, 0]);
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

test("a lost connection takes the demand along", async () => {
  const { publication, upline, line, pictures } = await scene();
  upline.isUp = true;
  line.onGrant({});
  line.onWant(WANT);
  upline.isUp = false;
  line.onDown();
  assert.deepEqual([publication.state, pictures.lost.mock.callCount()], ["connecting", 1]);
  publication.stop();
});
