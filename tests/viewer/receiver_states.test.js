// @ts-check
// What a receiver says of the host: waiting, paused, locked, silent, stopped.
import assert from "node:assert/strict";
import { test } from "node:test";

import { CONFIG } from "./fakes/codecs.js";
import { BYE, LIVE, PUT_OUT, WELCOME, scene } from "./fakes/receiving.js";

test("how the host closes decides what the page says, and whether it is asked to log in", () => {
  for (const [bye, code, expected, refused] of /** @type {const} */ ([
    [null, 1006, "reconnecting unreachable", 1],
    [BYE, 1013, "reconnecting full", 0],
    [null, 1001, "stopped stopped", 1],
    [null, 4400, "failed failed-protocol", 1],
    [PUT_OUT, 4410, "failed failed-put-out", 0],
    [PUT_OUT, 1006, "failed failed-put-out", 0],
  ])) {
    const { host, details, state } = scene();
    host.newest.open();
    if (bye) host.send(bye);
    host.newest.drop(code);
    assert.equal(state(), expected);
    if (bye === PUT_OUT) assert.equal(details("state").at(-1).detail, "", "the page's own words say it");
    assert.equal(details("refused").length, refused, expected);
  }
});

test("a host that has stopped stays stopped until it is back", () => {
  const { host, state, welcome } = scene();
  welcome();
  host.newest.drop(1001);
  host.fire();
  host.newest.drop(1006);
  assert.equal(state(), "stopped stopped");
  host.fire();
  welcome();
  assert.equal(state(), "waiting waiting");
});

test("another version ends it for good", () => {
  const { host, details, state, welcome } = scene();
  welcome({ version: 99 });
  assert.deepEqual(details("ended"), [{ reason: "version" }]);
  assert.equal(state(), "failed failed-version");
  assert.equal(host.newest.readyState, 3);
  assert.deepEqual(host.timers, [], "no further attempt");
});

test("after what is final, another decoder changes nothing", () => {
  const { host, receiver, state, welcome } = scene();
  welcome();
  host.send(PUT_OUT);
  host.newest.drop(4410);
  receiver.setDecoder("jpeg");
  assert.equal(state(), "failed failed-put-out");
});

test("a silent host: the page says that it is stuck, and gives the connection up after nine seconds", async () => {
  const { host, state, welcome, pass, paint } = scene();
  welcome();
  await paint();
  pass(4500);
  assert.equal(state(), "waiting stuck");
  host.send({ type: "pong", sent_us: 0, host_us: 0 });
  pass(250);
  assert.equal(state(), "live live");
  pass(9250);
  assert.equal(state(), "reconnecting reconnecting");
  assert.equal(host.websockets[0].readyState, 3);
});

test("closed, it lets go of socket, surface and timers", () => {
  const { host, surface, receiver, events, welcome, pass } = scene();
  welcome();
  receiver.close();
  const count = events.length;
  pass(3000);
  assert.equal(events.length, count);
  assert.ok(surface.isClosed);
  assert.equal(host.newest.readyState, 3);
});

test("a page in the lobby shows that it waits, pings, and plays once it is let in", async () => {
  const { host, state, pass, paint } = scene();
  host.newest.open();
  host.send({ type: "lobby" });
  assert.equal(state(), "waiting lobby");
  for (let second = 0; second < 30; second += 1) {
    pass(1000);
    host.send({ type: "pong", sent_us: 1, host_us: 1 });
  }
  assert.equal(state(), "waiting lobby");
  assert.ok(host.received("ping").length > 5, "so that both sides know the connection is alive");
  host.send(WELCOME);
  host.send({ ...CONFIG });
  assert.equal(state(), "waiting waiting");
  host.send(LIVE);
  await paint({ isKeyframe: true });
  assert.equal(state(), "live live");
});

test("the host pauses: the last picture stays, with words; it goes on at once", async () => {
  const { host, state, welcome, paint, surface } = scene();
  welcome();
  host.send(LIVE);
  await paint({ isKeyframe: true });
  const resized = surface.emptied;
  host.send({ ...LIVE, state: "waiting", reason: "paused" });
  assert.equal(state(), "waiting host-paused");
  assert.equal(surface.emptied, resized, "nothing is taken off the canvas");
  host.send(LIVE);
  assert.equal(state(), "live live");
});

test("a locked screen is said beside its picture, or in place of one", async () => {
  const { host, state, welcome, paint } = scene();
  welcome();
  const locked = { ...LIVE, reason: "screen-locked" };
  host.send({ ...locked, state: "waiting" });
  assert.equal(state(), "waiting screen-locked", "there is no picture yet");
  host.send(locked);
  assert.equal(state(), "waiting waiting", "one is on its way");
  await paint({ isKeyframe: true });
  assert.equal(state(), "live screen-locked");
  host.send(LIVE);
  assert.equal(state(), "live live");
});

test("the host blanks the picture: the canvas is emptied at once, and stays so until a new picture", async () => {
  const { host, state, welcome, paint, surface } = scene();
  welcome();
  host.send(LIVE);
  await paint({ isKeyframe: true });
  const resized = surface.emptied;
  host.send({ ...LIVE, state: "waiting", reason: "blanked" });
  assert.equal(state(), "waiting blanked");
  assert.equal(surface.emptied, resized + 1, "a canvas that is given its size is empty");
  host.send(LIVE);
  assert.equal(state(), "waiting waiting");
  await paint({ isKeyframe: true });
  assert.equal(state(), "live live");
});
