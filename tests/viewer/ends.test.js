// @ts-check
// However a share ends, its track ends, so that the light of the camera goes out: the real page from the button to the socket, on a fake
// browser and a fake host. One row for each way to end.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Shares } from "../../src/samescreen/viewer/app/shares.js";
import { Texts } from "../../src/samescreen/viewer/app/texts.js";
import { Publication } from "../../src/samescreen/viewer/publish/publication.js";
import { GONE_MS, Upline } from "../../src/samescreen/viewer/publish/upline.js";
import { FakeHost } from "./fakes/host.js";
import { fire, installPage } from "./fakes/page.js";

class FakeTrack extends EventTarget {
  readyState = "live";
  stop() {
    this.readyState = "ended";
  }
  /** The browser ends it: no call of `stop` fires this event. */
  end() {
    this.readyState = "ended";
    this.dispatchEvent(new Event("ended"));
  }
}

/** A page whose camera is live at the host. @param {{probe?: () => Promise<any>, give?: (track: FakeTrack) => Promise<any>}} [given] */
async function scene({ probe = async () => ({ lag: 0 }), give = async (track) => ({ getVideoTracks: () => [track], getAudioTracks: () => [] }) } = {}) {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setInterval"] });
  const page = installPage();
  const window = new EventTarget();
  for (const name of ["addEventListener", "removeEventListener"]) Object.defineProperty(globalThis, name, { value: /** @type {any} */ (window)[name].bind(window), configurable: true });
  const host = new FakeHost();
  const [track, clock] = [new FakeTrack(), { nowMs: 1_000 }];
  const pictures = { granted: () => {}, want: () => {}, lost: mock.fn(), refresh: () => {}, stop: mock.fn(), drawInto: () => {}, isPaused: false, isSlow: false, counts: { captured: 0, encoded: 0, bytes: 0 } };
  /** @type {any} */ let out;
  class OnFakes extends Publication {
    /** @param {any} shown @param {any} events */
    constructor(shown, events) {
      super(shown, events, {
        probe,
        newPictures: (_track, _probe, given) => ((out = given), /** @type {any} */ (pictures)),
        newJpegs: () => /** @type {any} */ (pictures),
        newSound: () => assert.fail("a camera has no sound of a tab"),
        newUpline: (url, pass, offered, given) => new Upline(url, pass, offered, given, { around: host.around, nowMs: () => clock.nowMs }),
      });
    }
  }
  Object.assign(navigator, { mediaDevices: { getUserMedia: () => give(track) } });
  Object.defineProperty(globalThis, "isSecureContext", { value: true, configurable: true });
  /** @type {string[]} */ const said = [];
  const shares = new Shares(new Texts("en"), /** @type {any} */ (page.byId("onair")), {
    pass: () => null,
    say: (key) => void said.push(key),
    onChange: () => {},
    load: async () => /** @type {any} */ ({ Publication: OnFakes }),
  });
  shares.start("camera");
  await settled();
  if (host.websockets.length > 0) {
    host.newest.open();
    host.send({ type: "published", version: 2, host: "desk", profile: "page", message_bytes: 2_097_152, got_interval_ms: 100 });
    host.send({ type: "grant", track: 0, long_side: 3840, short_side: 2160, fps: 60, bitrate_bps: 4_000_000 });
  }
  /** Time passes, at the page and for its connection. @param {number} ms */
  const pass = (ms) => {
    for (let past = 0; past < ms; past += 250) {
      clock.nowMs += 250;
      mock.timers.tick(250);
    }
  };
  const row = () => page.byId("onair").children.at(-1);
  return { page, window, host, track, pictures, shares, said, pass, row, loseEncoder: () => out?.giveUp("lost") };
}

async function settled() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** @typedef {Awaited<ReturnType<typeof scene>>} Given */
/** What happens, and what the person is told; null: it was their own wish. @type {[string, (given: Given) => void, string|null][]} */
const WAYS = [
  ["the Stop button", ({ row }) => fire(row().children.at(-1), "click"), null],
  ["the page is left", ({ window }) => window.dispatchEvent(new Event("pagehide")), null],
  ["the page is loaded again", ({ window }) => window.dispatchEvent(Object.assign(new Event("pagehide"), { persisted: true })), null],
  ["the host takes the grant back", ({ host }) => host.newest.drop(4403), "show.end.revoked"],
  ["the host ends the link, or it expires", ({ host }) => host.newest.drop(4401), "show.end.revoked"],
  ["the host puts the person out", ({ host }) => host.newest.drop(4410), "show.end.revoked"],
  ["the host ends this share", ({ host }) => host.send({ type: "ended", track: 0, reason: "revoked", detail: "" }), "show.end.revoked"],
  ["the host refuses it", ({ host }) => host.send({ type: "refuse", track: 0, reason: "not-allowed", detail: "" }), "show.end.not-allowed"],
  ["the room is full", ({ host }) => host.newest.drop(4429), "show.end.full"],
  ["the host cannot use what comes", ({ host }) => host.send({ type: "ended", track: 0, reason: "format", detail: "" }), "show.end.format"],
  ["the host stops", ({ host }) => host.newest.drop(1001), "show.end.stopping"],
  ["the host is killed, and stays away", ({ host, pass }) => (host.newest.drop(1006), pass(GONE_MS + 500)), "show.end.gone"],
  ["the network goes without a word, for longer than the page waits", ({ pass }) => pass(GONE_MS + 15_000), "show.end.gone"],
  ["the browser's own button, or a permission taken back", ({ track }) => track.end(), "show.end.track-ended"],
  ["the device is unplugged, or the window closed", ({ track }) => track.end(), "show.end.track-ended"],
];

test("however it ends, every track ends", async (t) => {
  for (const [name, end, words] of WAYS)
    await t.test(name, async () => {
      const given = await scene();
      const { page, host, track, pictures, shares, said, pass } = given;
      assert.deepEqual([track.readyState, shares.isLive("camera"), page.byId("onair").hidden], ["live", true, false]);
      end(given);
      assert.equal(track.readyState, "ended", "the light is out");
      assert.deepEqual(said, words === null ? [] : [words]);
      assert.deepEqual([pictures.stop.mock.callCount(), shares.has("camera"), page.byId("onair").hidden], [1, false, true]);
      const [sockets, sent] = [host.websockets.length, host.newest.sent.length];
      assert.equal(host.newest.readyState, 3, "its connection is closed");
      pass(5_000);
      given.window.dispatchEvent(new Event("pagehide"));
      assert.deepEqual([host.websockets.length, host.newest.sent.length, host.timers.length, said.length], [sockets, sent, 0, words === null ? 0 : 1], "nothing goes on");
    });
  mock.timers.reset();
});

test("a page that goes on with JPEG files, from the start or later, ends its track like any other", async () => {
  for (const probe of [async () => ({ why: "lags", detail: "" }), async () => ({ lag: 0 })]) {
    const given = await scene({ probe });
    given.loseEncoder();
    assert.deepEqual([given.track.readyState, given.said], ["live", []]);
    fire(given.row().children.at(-1), "click");
    assert.deepEqual([given.track.readyState, given.shares.has("camera"), given.host.newest.readyState], ["ended", false, 3]);
  }
  mock.timers.reset();
});

test("a page that is left while the browser is asked ends the track as soon as there is one", async () => {
  /** @type {() => void} */ let answer = () => {};
  const { track, window, shares, host } = await scene({ give: (track) => new Promise((resolve) => (answer = () => resolve({ getVideoTracks: () => [track], getAudioTracks: () => [] }))) });
  window.dispatchEvent(new Event("pagehide"));
  answer();
  await settled();
  assert.deepEqual([track.readyState, shares.has("camera"), host.websockets.length], ["ended", false, 0]);
  mock.timers.reset();
});
