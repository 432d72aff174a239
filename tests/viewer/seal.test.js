// @ts-check
// Sealed packets: the vectors that Python seals, and everything that a relay could do to them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { connectionTo } from "../../src/samescreen/viewer/connection.js";
import { Opener } from "../../src/samescreen/viewer/seal.js";
import { packetFromBytes } from "../../src/samescreen/viewer/wire.js";
import { FakeHost, bytesOf } from "./fakes/host.js";

/** @typedef {{name: string, key: string, payload: string, bytes: string}} Vector */
/** @type {Vector[]} */
const VECTORS = JSON.parse(readFileSync(new URL("../vectors/sealed.json", import.meta.url), "utf8"));
const KEY = VECTORS[0].key;
const MAIN = 0;
const JPEG = 2;

/** @param {string} hex @returns {ArrayBuffer} */
const bytesIn = (hex) => new Uint8Array(Buffer.from(hex, "hex")).buffer;

/**
 * A packet as a host with this key seals it.
 * @param {number} number
 * @param {Partial<import("../../src/samescreen/viewer/wire.js").Packet> & {series?: number}} [packet]
 */
async function sealed(number, { series = 1, ...packet } = {}) {
  const plain = new Uint8Array([0, 0, 0, 1, 101, number]);
  const clear = new Uint8Array(bytesOf({ sequence: number, ...packet, payload: plain }));
  clear[1] |= 2;
  const head = new DataView(new ArrayBuffer(13));
  head.setUint8(0, plain[0]);
  head.setUint32(1, series);
  head.setUint32(9, number);
  const bound = new Uint8Array([clear[0], clear[1], clear[3], ...clear.subarray(4, 8), plain[0]]);
  const raw = Uint8Array.from(Buffer.from(KEY, "base64url"));
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  const how = { name: "AES-GCM", iv: new Uint8Array(head.buffer, 1), additionalData: bound };
  const body = new Uint8Array(await crypto.subtle.encrypt(how, key, plain));
  return bytesOfAll(clear.subarray(0, clear.length - plain.length), new Uint8Array(head.buffer), body);
}

/** @param {Uint8Array[]} parts */
function bytesOfAll(...parts) {
  return new Uint8Array(parts.flatMap((part) => [...part])).buffer;
}

/** @param {string} [key] @param {SubtleCrypto|undefined} [cipher] */
function scene(key = KEY, cipher = crypto.subtle) {
  /** @type {any[][]} */ const taken = [];
  /** @type {() => void} */ let resolve = () => {};
  const opener = new Opener(
    key,
    {
      text: (text) => (text === "end" ? resolve() : taken.push([text])),
      packet: ({ track, sequence, payload }) => taken.push([track, sequence, Buffer.from(payload).toString("hex")]),
      fault: (fault, { track }) => taken.push([fault, track]),
    },
    cipher,
  );
  /** All that came until now has been taken. */
  const done = () =>
    new Promise((given) => {
      resolve = () => given(undefined);
      opener.pass("end");
    });
  return { opener, taken, done };
}

test("what Python sealed opens here, and in the order in which it came", async () => {
  const { opener, taken, done } = scene();
  for (const { bytes } of VECTORS) {
    opener.pass(bytesIn(bytes));
    opener.pass("between");
  }
  await done();
  const expected = VECTORS.flatMap(({ bytes, payload }) => {
    const { track, sequence } = packetFromBytes(bytesIn(bytes));
    return [[track, sequence, payload], ["between"]];
  });
  assert.deepEqual(taken, expected);
});

test("a message that its taker fails on is left out, and those after it come", async (t) => {
  t.mock.method(console, "error", () => {});
  /** @type {string[]} */ const taken = [];
  const text = (/** @type {string} */ message) => {
    if (message === "bad") throw new TypeError("a fault of the page");
    taken.push(message);
  };
  const opener = new Opener(KEY, { text, packet: () => {}, fault: () => {} });
  for (const message of ["one", "bad", "two"]) opener.pass(message);
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(taken, ["one", "two"]);
});

test("one changed byte, and nothing more of the track is shown", async () => {
  const first = await sealed(1);
  const header = [...Array(18).keys()].filter((at) => [1, 3, 4, 7].includes(at));
  const payload = [...Array(first.byteLength - 18).keys()].map((at) => at + 18);
  for (const at of [...header, ...payload]) {
    const { opener, taken, done } = scene();
    opener.pass(await sealed(1));
    const changed = new Uint8Array(await sealed(2));
    changed[at] ^= 1;
    opener.pass(changed.buffer);
    opener.pass(await sealed(3));
    await done();
    assert.deepEqual(taken.map(([what]) => what), [0, "changed", "changed"], `byte ${at}`);
  }
});

test("with another key the first packet says so", async () => {
  for (const key of ["AAAAAAAAAAAAAAAAAAAAAA", "AAAA", "", "not a key!"]) {
    const { opener, taken, done } = scene(key);
    opener.pass(await sealed(1));
    await done();
    assert.deepEqual(taken, [["wrong", 0]]);
  }
});

test("what is not sealed is not shown", async () => {
  const { opener, taken, done } = scene();
  opener.pass(bytesOf({ payload: new Uint8Array([1]) }));
  const bare = new Uint8Array(bytesOf({ track: 3, payload: new Uint8Array([1]) }));
  bare[1] |= 2;
  opener.pass(bare.buffer);
  await done();
  assert.deepEqual(taken, [["clear", 0], ["wrong", 3]]);
});

test("a packet that comes again, or later than its successor, is a change", async () => {
  for (const numbers of [[1, 1], [2, 1]]) {
    const { opener, taken, done } = scene();
    for (const number of numbers) opener.pass(await sealed(number));
    await done();
    assert.deepEqual(taken.map(([what]) => what), [0, "changed"]);
  }
});

test("packets may be missing, and renditions overtake each other", async () => {
  const { opener, taken, done } = scene();
  opener.pass(await sealed(1));
  opener.pass(await sealed(9));
  opener.pass(await sealed(5, { rendition: JPEG, kind: 2 }));
  await done();
  assert.deepEqual(taken.map(([, sequence]) => sequence), [1, 9, 5]);
});

test("a new connection begins anew, and shows nothing of before", async () => {
  const { opener, taken, done } = scene();
  const again = await sealed(1);
  opener.pass(await sealed(1));
  opener.pass(await sealed(4));
  await done();
  opener.pass(await sealed(5));
  opener.restart();
  opener.pass(again);
  await done();
  opener.restart();
  opener.pass(await sealed(6, { series: 2 }));
  await done();
  assert.deepEqual(taken.map(([what, sequence]) => (what === "changed" ? what : sequence)), [1, 4, "changed", 6]);
});

test("another track of the host in the place of one begins with a keyframe, and never goes back", async () => {
  const { opener, taken, done } = scene();
  opener.pass(await sealed(1));
  opener.pass(await sealed(2, { series: 2 }));
  opener.pass(await sealed(3));
  opener.pass(await sealed(4, { track: 1 }));
  opener.pass(await sealed(5, { track: 1, series: 2, isKeyframe: false }));
  await done();
  assert.deepEqual(taken.map(([what]) => what), [0, 0, "changed", 1, "changed"]);
});

test("a page without a cipher says so", async () => {
  const opener = scene(KEY, /** @type {any} */ (null));
  opener.opener.pass(await sealed(1));
  await opener.done();
  assert.deepEqual(opener.taken, [["insecure", 0]]);
});

/** @param {string|null} key */
function connected(key) {
  const host = new FakeHost();
  /** @type {any[][]} */ const events = [];
  const log = (/** @type {string} */ name) => (/** @type {any[]} */ ...given) => void events.push([name, ...given]);
  const names = ["connect", "open", "arrival", "message", "packet", "sealed", "close", "wait"];
  const all = Object.fromEntries(names.map((name) => [`on${name[0].toUpperCase()}${name.slice(1)}`, log(name)]));
  connectionTo("wss://host/ws", /** @type {any} */ (all), host.around, key).connect();
  host.newest.open();
  const named = (/** @type {string} */ name) => events.filter(([each]) => each === name).map(([, ...given]) => given);
  return { host, named };
}

test("a page whose link has no key says that the packet is sealed", async () => {
  const { host, named } = connected(null);
  host.newest.onmessage?.({ data: await sealed(1) });
  assert.deepEqual(named("sealed").map(([fault]) => fault), ["missing"]);
  assert.deepEqual(named("packet"), []);
});

test("on a connection with a key messages and packets keep their order, and the goodbye comes before the close", async () => {
  const { host, named } = connected(KEY);
  host.newest.onmessage?.({ data: await sealed(1) });
  host.send({ type: "pong", sent_us: 1, host_us: 2 });
  host.newest.onmessage?.({ data: await sealed(2) });
  while (named("packet").length < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(named("packet").map(([{ sequence, rendition }, bytes]) => [sequence, rendition, bytes]), [[1, MAIN, 53], [2, MAIN, 53]]);
  assert.equal(named("message").length, 1);
  const bye = { type: "bye", reason: "full", detail: "no room" };
  host.newest.onmessage?.({ data: await sealed(3) });
  host.send(bye);
  host.newest.drop(4000);
  assert.deepEqual(named("close"), [[{ code: 4429, bye }]]);
});
