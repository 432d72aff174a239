// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { answerOf } from "../../src/samescreen/viewer/app/door.js";
import { Lease, RENEW_MS } from "../../src/samescreen/viewer/app/lease.js";

/** @typedef {import("../../src/samescreen/viewer/app/door.js").Outcome} Outcome */

const PAGE = "https://share.example.org/";
const HOUR_MS = 3_600_000;

function scene() {
  /** @type {{nowMs: number, asked: string[], passes: string[]}} */
  const seen = { nowMs: 0, asked: [], passes: [] };
  /** @type {Outcome} */ let next = { is: "in", pass: "p1", keptCookie: true };
  /** @type {Outcome|null} */ let afterwards = null;
  const answer = async (/** @type {string} */ question) => {
    seen.asked.push(question);
    const now = next;
    next = afterwards ?? next;
    return now;
  };
  const lease = new Lease({
    present: (credential) => answer(JSON.stringify(credential)),
    renew: (pass) => answer(`renew ${pass}`),
    nowMs: () => seen.nowMs,
  });
  lease.addEventListener("pass", () => seen.passes.push(String(lease.pass)));
  /** @param {Outcome[]} answers  the next one, and all after it */
  const will = (...answers) => ([next, afterwards] = [answers[0], answers[1] ?? null]);
  return { lease, seen, will };
}

test("an open page renews long before the cookie ends, and no more often than it must", async () => {
  const { lease, seen, will } = scene();
  await lease.present({ token: "t" });
  for (let hour = 1; hour <= 30; hour += 1) {
    will({ is: "in", pass: `p${hour}`, keptCookie: true });
    seen.nowMs += HOUR_MS / 2;
    await lease.renewIfDue();
    seen.nowMs += HOUR_MS / 2;
    await lease.renewIfDue();
  }
  assert.equal(seen.asked.length, 31);
  assert.equal(lease.pass, "p30");
  assert.ok(RENEW_MS < 12 * HOUR_MS);
});

test("nothing is renewed for a page that never came in", async () => {
  const { lease, seen, will } = scene();
  will({ is: "wrong" });
  await lease.present({ pin: "000000" });
  seen.nowMs = 100 * HOUR_MS;
  await lease.renewIfDue();
  assert.equal(seen.asked.length, 1);
});

test("after a long sleep the link lets in again; a PIN is not kept", async () => {
  for (const [credential, questions] of /** @type {[{token: string}|{pin: string}, number][]} */ ([[{ token: "t" }, 3], [{ pin: "314159" }, 2]])) {
    const { lease, seen, will } = scene();
    await lease.present(credential);
    seen.nowMs = 20 * HOUR_MS;
    will({ is: "stranger" }, { is: "in", pass: "p2", keptCookie: true });
    await lease.renewIfDue();
    assert.equal(seen.asked.length, questions);
    assert.equal(lease.pass, "token" in credential ? "p2" : null);
  }
});

test("a link that holds no more is forgotten; trouble on the way forgets nothing", async () => {
  const { lease, will } = scene();
  await lease.present({ token: "t" });
  will({ is: "trouble", trouble: { reason: "unreachable", detail: "", lines: [] } });
  await lease.renew();
  await lease.present({ token: "t" });
  assert.deepEqual([lease.token, lease.pass], ["t", "p1"]);
  will({ is: "wrong" });
  await lease.present({ token: "other" });
  assert.equal(lease.token, "t", "a wrong one says nothing about the right one");
  await lease.present({ token: "t" });
  assert.equal(lease.token, null);
});

test("who needs the pass is passes of each new one", async () => {
  const { lease, seen, will } = scene();
  await lease.renew();
  await lease.renew();
  will({ is: "in", pass: null, keptCookie: true });
  await lease.renew();
  assert.deepEqual(seen.passes, ["p1"]);
});

test("answers: only ours let in, only our host's no is a no", () => {
  const of = (/** @type {number} */ status, /** @type {string|null} */ cause, /** @type {string} */ text) => answerOf({ status, cause, text }, null, PAGE);
  assert.deepEqual(of(200, null, '{"pass": "1.a"}'), { is: "in", pass: "1.a", keptCookie: true });
  assert.deepEqual(of(200, null, '{"cookie": false, "pass": "1.a"}'), { is: "in", pass: "1.a", keptCookie: false });
  assert.deepEqual(of(200, null, '{"cookie": true}'), { is: "in", pass: null, keptCookie: true });
  assert.equal(of(401, "sign-in", "").is, "stranger");
  assert.equal(of(403, "wrong", "{}").is, "wrong");
  assert.deepEqual(of(429, "wait", '{"retry_after_s": 7}'), { is: "wait", seconds: 7 });
  for (const [status, cause, text] of /** @type {[number, string|null, string][]} */ ([
    [200, null, "<html>sign in to this wireless network"],
    [200, null, "null"],
    [200, null, "[]"],
    [401, null, "a proxy's own login"],
    [403, null, '{"error": "wrong"}'],
    [403, "origin", ""],
    [404, null, ""],
    [502, null, ""],
  ]))
    assert.equal(of(status, cause, text).is, "trouble", `${status} ${cause}`);
});
