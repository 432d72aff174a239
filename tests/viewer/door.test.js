// @ts-check
// The two requests of door.js, as the host receives them. What answers mean is in lease.test.js.
import assert from "node:assert/strict";
import { test } from "node:test";

import { present, renew } from "../../src/samescreen/viewer/app/door.js";
import { installPage } from "./fakes/page.js";

/** @param {() => Promise<Response>} answer */
function scene(answer) {
  installPage();
  /** @type {[string, any][]} */ const requests = [];
  globalThis.fetch = /** @type {any} */ ((/** @type {string} */ path, /** @type {any} */ request) => (requests.push([path, request]), answer()));
  return requests;
}
const ok = async () => new Response('{"pass": "1.a"}');

test("a credential and a renewal are posted as JSON, beside the page, with a limit in time", async () => {
  const requests = scene(ok);
  assert.deepEqual(await present({ pin: "123456" }), { is: "in", pass: "1.a", keptCookie: true });
  await renew("1.a");
  await renew(null);
  assert.deepEqual(
    requests.map(([path, { method, body }]) => [path, method, JSON.parse(body)]),
    [
      ["api/login", "POST", { pin: "123456", pass: true }],
      ["api/renew", "POST", { pass: "1.a" }],
      ["api/renew", "POST", {}],
    ],
  );
  for (const [, { headers, signal }] of requests) {
    assert.equal(headers["content-type"], "application/json");
    assert.ok(signal instanceof AbortSignal);
  }
});

test("a picture comes along with the answer, which is in a header then", async () => {
  const requests = scene(async () => new Response("jpeg", { headers: { "samescreen-answer": '{"pass": "1.a"}' } }));
  const outcome = /** @type {any} */ (await present({ token: "t" }, { picture: "whole", stream: "s" }));
  assert.deepEqual(JSON.parse(requests[0][1].body), { token: "t", pass: true, picture: "whole", stream: "s" });
  assert.deepEqual([outcome.is, outcome.pass, await (await outcome.picture).text()], ["in", "1.a", "jpeg"]);
  await renew(null, { picture: "sketch", stream: "" });
  assert.deepEqual(JSON.parse(requests[1][1].body), { picture: "sketch", stream: "" });
});

test("no answer, or one that breaks off, is a host that does not answer; without a network the page says so", async () => {
  const broken = { status: 200, headers: new Headers(), text: () => Promise.reject(new Error("cut off")) };
  for (const answer of [() => Promise.reject(new TypeError("no route")), async () => /** @type {any} */ (broken)]) {
    scene(answer);
    assert.deepEqual(await renew(null), { is: "trouble", trouble: { reason: "unreachable", detail: "", lines: [] } });
    Object.assign(navigator, { onLine: false });
    const offline = await renew(null);
    assert.equal(offline.is === "trouble" && offline.trouble.reason, "offline");
  }
});

test("how long to wait comes from the answer, or from its header", async () => {
  const headers = { "samescreen-cause": "wait", "retry-after": "9" };
  scene(async () => new Response('{"retry_after_s": 2.2}', { status: 429, headers }));
  assert.deepEqual(await renew(null), { is: "wait", seconds: 3 });
  scene(async () => new Response("", { status: 429, headers }));
  assert.deepEqual(await renew(null), { is: "wait", seconds: 9 });
});
