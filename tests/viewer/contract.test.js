// @ts-check
// Commands and events that cross a real MessageChannel, from one end of the contract to the other.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { COMMANDS, EVENTS, carryOut, commandsBy, eventsBy } from "../../src/samescreen/viewer/contract.js";
import { Receiver } from "../../src/samescreen/viewer/receiver.js";

/** @typedef {import("../../src/samescreen/viewer/contract.js").CommandMessage} CommandMessage */
/** @typedef {import("../../src/samescreen/viewer/contract.js").EventMessage} EventMessage */

/** What arrives at the other end of a channel. @returns {Promise<any>} */
function crossing(/** @type {(post: (message: any, transfer: Transferable[]) => void) => void} */ send) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port2.onmessage = ({ data }) => {
      port1.close();
      resolve(data);
    };
    send((message, transfer) => port1.postMessage(message, /** @type {any} */ (transfer)));
  });
}

test("every command crosses with its arguments, to the receiver's method of that name", async () => {
  /** @type {[keyof typeof COMMANDS, unknown[]][]} */
  const calls = [
    ["setHidden", [true]],
    ["retry", []],
    ["setDecoder", ["wasm"]],
    ["setQuality", ["low"]],
    ["setStream", ["camera"]],
    ["setPass", [null]],
    ["listen", ["opus"]],
    ["setFollowed", [true]],
    ["setName", ["Ada"]],
    ["setHand", [true]],
    ["writeLine", ["hello"]],
    ["ask", [["control"]]],
    ["timeResponse", [{ atMs: 1, hostUs: 2 }]],
    ["say", [{ type: "erase", all: true }]],
    ["close", []],
  ];
  assert.deepEqual(calls.map(([name]) => name), Object.keys(COMMANDS), "this test knows every command");
  for (const [name, given] of calls) {
    const message = await crossing((post) => /** @type {any} */ (commandsBy(post))[name](...given));
    /** @type {unknown[]} */ const seen = [];
    const receiver = new Proxy({}, { get: (_target, method) => (/** @type {unknown[]} */ ...args) => seen.push(method, args) });
    carryOut(/** @type {any} */ (receiver), message);
    assert.deepEqual(seen, [name, given]);
    assert.equal(typeof (/** @type {any} */ (Receiver.prototype)[name]), "function", `the receiver has ${name}`);
  }
});

test("every event crosses with its detail; sound is moved, and nothing else is", async () => {
  for (const name of /** @type {(keyof typeof EVENTS)[]} */ (Object.keys(EVENTS))) {
    const payload = new Uint8Array([1, 2, 3]);
    const detail = /** @type {any} */ ({ payload, ptsUs: 7 });
    const { event, detail: arrived } = await crossing((post) => eventsBy(post)(name, detail));
    assert.equal(event, name);
    assert.deepEqual(arrived, { payload: new Uint8Array([1, 2, 3]), ptsUs: 7 });
    assert.equal(payload.byteLength, name === "sound" ? 0 : 3);
  }
});

test("the tables are frozen: nothing adds a command or an event at run time", () => {
  assert.ok(Object.isFrozen(COMMANDS) && Object.isFrozen(EVENTS));
});

test("the page shows something for every event of the contract", () => {
  const page = readFileSync(new URL("../../src/samescreen/viewer/app/app.js", import.meta.url), "utf8");
  for (const name of Object.keys(EVENTS)) if (name !== "sound") assert.match(page, new RegExp(`^  ${name}: `, "mu"), name);
});

test("worker.js names every module that it loads, so that the browser asks for all at once; the page's entrance needs few", () => {
  const folder = new URL("../../src/samescreen/viewer/", import.meta.url);
  const sourceOf = (/** @type {URL} */ url) => readFileSync(url, "utf8");
  /** @param {URL} url @param {Set<string>} found */
  const follow = (url, found) => {
    for (const [, path] of sourceOf(url).matchAll(/^(?:import|export)\b[^;]*?"(\.[^"]+)";/gmu)) {
      const next = new URL(path, url);
      if (found.has(next.href)) continue;
      found.add(next.href);
      follow(next, found);
    }
    return found;
  };
  const nameOf = (/** @type {string} */ href) => href.slice(folder.href.length);
  const worker = new URL("worker.js", folder);
  const direct = [...sourceOf(worker).matchAll(/^import\b[^;]*?"(\.[^"]+)";/gmu)].map(([, path]) => nameOf(new URL(path, worker).href));
  assert.deepEqual(direct.sort(), [...follow(worker, new Set())].map(nameOf).sort());
  // The host joins app/opening.js, app/entrance.js and app/app.js with what they need (serve/bundle.py); no file of the page may be left out.
  const entrance = [...follow(new URL("app/entrance.js", folder), new Set())].map(nameOf);
  assert.ok(["loader.js", "viewer.js", "app/lease.js"].every((name) => entrance.includes(name)));
  const early = ["app/texts.js", "app/login.js", "app/toolbar.js", "app/app.js", "receiver.js"].filter((name) => entrance.includes(name));
  assert.deepEqual(early, [], "the first picture does not need them");
  const opening = [...follow(new URL("app/opening.js", folder), new Set())].map(nameOf);
  assert.ok(["loader.js", "app/lease.js", "app/glimpse.js"].every((name) => opening.includes(name)));
  assert.ok(!opening.includes("viewer.js"), "the browser runs it before it has read the page");
});
