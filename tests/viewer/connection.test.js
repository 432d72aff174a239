// @ts-check
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { connectionTo } from "../../src/samescreen/viewer/connection.js";
import { FakeHost } from "./fakes/host.js";

const PONG = { type: "pong", sent_us: 1, host_us: 2 };

/** @param {[key?: string, load?: any]} sealed */
function scene(...sealed) {
  const host = new FakeHost();
  /** @type {any[]} */ const events = [];
  const log = (/** @type {string} */ name) => (/** @type {any[]} */ ...given) => void events.push([name, ...given]);
  const connection = connectionTo(
    "ws://host/ws",
    {
      onConnect: log("connect"),
      onOpen: log("open"),
      onArrival: log("arrival"),
      onMessage: log("message"),
      onPacket: log("packet"),
      onSealed: log("sealed"),
      onUnloaded: log("unloaded"),
      onClose: log("close"),
      onWait: log("wait"),
    },
    host.around,
    ...sealed,
  );
  connection.connect();
  host.newest.open();
  const named = (/** @type {string} */ name) => events.filter(([each]) => each === name).map(([, ...given]) => given);
  return { host, connection, events, named };
}

test("text becomes messages, binary becomes packets with their size, and either shows that the host is alive", () => {
  const { host, events, named } = scene();
  host.send(PONG);
  host.sendPacket({ sequence: 7, payload: new Uint8Array([1, 2, 3]) });
  assert.deepEqual(named("message"), [[PONG]]);
  const [[packet, bytes]] = named("packet");
  assert.equal(packet.sequence, 7);
  assert.deepEqual([...packet.payload], [1, 2, 3]);
  assert.equal(bytes, 21);
  assert.deepEqual(events.map(([name]) => name), ["connect", "open", "arrival", "message", "arrival", "packet"]);
});

test("what opens sealed packets did not load: the connection says so, and nothing is shown", async () => {
  const error = mock.method(console, "error", () => {});
  const { host, events, named } = scene("key", async () => Promise.reject(new Error("no such file")));
  host.send(PONG);
  await new Promise((resolve) => setImmediate(resolve));
  error.mock.restore();
  assert.deepEqual([named("unloaded").length, named("message")], [1, []]);
  host.send({ type: "bye", reason: "stopping", detail: "" });
  host.newest.drop(1001);
  assert.ok(events.some(([name]) => name === "close"), "a goodbye needs no key");
});

test("a message that cannot be read is reported and skipped; the connection goes on", () => {
  const warn = mock.method(console, "warn", () => {});
  const { host, named } = scene();
  host.send("not JSON");
  host.send({ type: "pong" });
  host.send({ type: "unheard-of" });
  host.newest.onmessage?.({ data: new ArrayBuffer(3) });
  assert.equal(warn.mock.callCount(), 4);
  warn.mock.restore();
  assert.equal(named("arrival").length, 4, "the host is alive, whatever it sends");
  assert.deepEqual([...named("message"), ...named("packet"), ...named("close")], []);
  host.send(PONG);
  assert.equal(named("message").length, 1);
});

test("an error of the page itself is not mistaken for one of the host", () => {
  const host = new FakeHost();
  const nothing = () => {};
  const fails = () => {
    throw new TypeError("ours");
  };
  const events = { onConnect: nothing, onOpen: nothing, onArrival: nothing, onPacket: nothing, onSealed: nothing, onUnloaded: nothing, onClose: nothing, onWait: nothing };
  connectionTo("ws://host/ws", { ...events, onMessage: fails }, host.around).connect();
  assert.throws(() => host.send(PONG), TypeError);
});

test("the goodbye comes with the close of its own connection, and with no other", () => {
  const { host, named } = scene();
  const bye = { type: "bye", reason: "full", detail: "no room" };
  host.send(bye);
  assert.deepEqual(named("message"), []);
  host.newest.drop(4000);
  host.fire();
  host.newest.drop(1006);
  assert.deepEqual(named("close"), [[{ code: 4429, bye }], [{ code: 1006, bye: null }]]);
});
