// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { FIRST_DELAY_MS, LONGEST_DELAY_MS, OPENS_WITHIN_MS, Socket, backoffMs } from "../../src/samescreen/viewer/socket.js";
import { FakeHost } from "./fakes/host.js";

function scene() {
  const host = new FakeHost();
  /** @type {unknown[]} */ const events = [];
  const socket = new Socket(
    "ws://host/ws",
    {
      onConnect: () => events.push("connect"),
      onOpen: () => events.push("open"),
      onMessage: (message) => events.push(message),
      onClose: (closed) => events.push(closed),
      onWait: (delayMs) => events.push(delayMs),
    },
    host.around,
  );
  const delays = () => host.timers.map((timer) => timer.delayMs);
  return { socket, websockets: host.websockets, events, fire: () => host.fire(), delays };
}

test("back-off: full jitter under a bound that doubles from 250 ms to 5 s", () => {
  for (let attempt = 0; attempt < 2000; attempt += 1) {
    const bound = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
    assert.equal(backoffMs(attempt, 0), 0);
    assert.equal(backoffMs(attempt, 0.5), Math.round(bound / 2));
    assert.ok(backoffMs(attempt, 0.9999) <= bound);
  }
});

test("comes back by itself, later and later, until the host has answered", () => {
  const { socket, websockets, fire, delays } = scene();
  socket.connect();
  const seen = [];
  for (let attempt = 0; attempt < 7; attempt += 1) {
    websockets.at(-1)?.drop(1006);
    seen.push(...delays());
    fire();
  }
  assert.deepEqual(seen, [250, 500, 999, 1998, 3996, 4995, 4995]);
  websockets.at(-1)?.open();
  socket.settled();
  websockets.at(-1)?.drop(1006);
  assert.deepEqual(delays(), [250]);
});

test("a handshake that nobody answers is given up after ten seconds, and tried again", () => {
  const { socket, websockets, events, delays, fire } = scene();
  socket.connect();
  assert.deepEqual(delays(), [OPENS_WITHIN_MS]);
  fire();
  assert.deepEqual(events.slice(1), [{ code: 1006 }, 250]);
  websockets[0].open();
  assert.equal(events.length, 3, "what comes too late counts for nothing");
  assert.deepEqual(delays(), [250]);
});

test("the pass goes along as a protocol's name; without one no protocol is named", () => {
  const { socket, websockets } = scene();
  socket.connect();
  assert.deepEqual(websockets[0].protocols, []);
  socket.pass = "17.ab";
  websockets[0].drop(1006);
  socket.retryNow();
  assert.deepEqual(websockets[1].protocols, ["samescreen", "samescreen.pass.17.ab"]);
});

test("retryNow cuts a wait short, and does nothing while connecting or connected", () => {
  const { socket, websockets, delays } = scene();
  socket.connect();
  socket.retryNow();
  assert.equal(websockets.length, 1);
  websockets[0].drop(1006);
  socket.retryNow();
  assert.equal(websockets.length, 2);
  assert.deepEqual(delays(), [OPENS_WITHIN_MS]);
});

test("abandon gives up a dead connection at once and ignores what it still says", () => {
  const { socket, websockets, events, delays } = scene();
  socket.connect();
  const dead = websockets[0];
  const say = dead.onmessage;
  dead.open();
  socket.abandon();
  assert.equal(delays().length, 1);
  assert.equal(dead.onmessage, null);
  assert.ok(say);
  assert.deepEqual(
    events.filter((item) => typeof item === "object"),
    [{ code: 1006 }],
  );
});

test("closed means closed, also from within onClose", () => {
  const { socket, websockets, delays } = scene();
  socket.connect();
  socket.close();
  websockets[0].drop(1006);
  socket.connect();
  assert.equal(websockets.length, 1);
  assert.deepEqual(delays(), []);
});

test("sends only while open", () => {
  const { socket, websockets } = scene();
  socket.send("too early");
  socket.connect();
  socket.send("still too early");
  websockets[0].open();
  socket.send("now");
  assert.deepEqual(websockets[0].sent, ["now"]);
});
