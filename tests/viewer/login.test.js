// @ts-check
// From the link's token, an old cookie or a PIN to being let in, on a page whose host the test plays.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Lease } from "../../src/samescreen/viewer/app/lease.js";
import { Login, Troubled, credentialIn } from "../../src/samescreen/viewer/app/login.js";
import { Texts } from "../../src/samescreen/viewer/app/texts.js";
import { takeToken, tokenIn } from "../../src/samescreen/viewer/app/token.js";
import { fire, installPage } from "./fakes/page.js";

/** @typedef {import("../../src/samescreen/viewer/app/door.js").Outcome} Outcome */

/** @type {Outcome} */ const IN = { is: "in", pass: "p", keptCookie: true };
/** @type {Outcome} */ const TROUBLE = { is: "trouble", trouble: { reason: "unreachable", detail: "", lines: ["a line"] } };

beforeEach(() => mock.timers.enable({ apis: ["setInterval"] }));
afterEach(() => mock.timers.reset());

/** @param {{href?: string, present?: Outcome[], renew?: Outcome[]}} [host]  its answers, in order; the last one goes on */
function scene({ href = "http://host:9000/", present = [{ is: "wrong" }], renew = [{ is: "stranger" }] } = {}) {
  const page = installPage({ href });
  /** @type {unknown[]} */ const asked = [];
  const next = (/** @type {Outcome[]} */ answers) => /** @type {Outcome} */ (answers.length > 1 ? answers.shift() : answers[0]);
  const lease = new Lease({
    present: async (credential) => (asked.push(credential), next(present)),
    renew: async () => (asked.push("renew"), next(renew)),
    nowMs: () => 0,
  });
  const texts = new Texts("en");
  const login = new Login(texts, lease, () => {});
  let isIn = false;
  const enter = () => {
    const entering = login.enter().then(() => (isIn = true));
    return { entering, turn: turns };
  };
  /** @param {string} text */
  const type = async (text) => {
    page.byId("pin").value = text;
    fire(page.byId("pin"), "input");
    await turns();
  };
  const complaint = () => page.byId("login-error").textContent;
  return { page, asked, lease, texts, login, enter, type, complaint, isIn: () => isIn };
}

/** Until all that is resolved by now has gone on. */
async function turns() {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

test("the token of the link lets in, and leaves the address bar at once", async () => {
  const { page, asked, enter, isIn } = scene({ href: "http://host:9000/a/?lang=en#token=abc", present: [IN] });
  assert.equal(page.location.href, "http://host:9000/a/?lang=en");
  await enter().entering;
  assert.deepEqual(asked, [{ token: "abc" }]);
  assert.ok(isIn());
});

test("without a token an earlier visit's cookie lets in", async () => {
  const { asked, enter, login } = scene({ renew: [IN] });
  await enter().entering;
  assert.deepEqual(asked, ["renew"]);
  assert.equal(login.isAsking, false);
});

test("a dead link does not matter to somebody whose cookie holds", async () => {
  const { asked, enter } = scene({ href: "http://host:9000/#token=dead", renew: [IN] });
  await enter().entering;
  assert.deepEqual(asked, [{ token: "dead" }, "renew"]);
});

test("a dead link and no cookie: the form asks, and says what is wrong with the link", async () => {
  const { page, login, enter, complaint } = scene({ href: "http://host:9000/#token=dead" });
  await enter().turn();
  assert.ok(login.isAsking && page.byId("pin").isFocused && !page.byId("veil").hidden);
  assert.match(complaint(), /^This link is not valid any more/u);
});

test("six digits are tried as soon as they are there; the right ones close the form", async () => {
  const { page, asked, enter, type, complaint, isIn } = scene({ present: [{ is: "wrong" }, IN] });
  const { entering, turn } = enter();
  await turn();
  assert.equal(complaint(), "");
  await type("12345");
  assert.deepEqual(asked, ["renew"]);
  await type("123 456");
  assert.deepEqual(asked.at(-1), { pin: "123456" });
  assert.equal(complaint(), "That PIN is not right.");
  assert.equal(page.byId("pin").getAttribute("aria-invalid"), "true");
  await type("654-321");
  await entering;
  assert.ok(isIn());
  assert.ok(page.byId("login").hidden && page.byId("veil").hidden);
});

test("one try at a time: a second submit waits for the answer to the first", async () => {
  const { page, asked, enter } = scene();
  await enter().turn();
  page.byId("pin").value = "123456";
  fire(page.byId("login"), "submit");
  fire(page.byId("login"), "submit");
  await turns();
  assert.equal(asked.filter((each) => each !== "renew").length, 1);
  fire(page.byId("login"), "submit");
  assert.equal(asked.filter((each) => each !== "renew").length, 2);
});

test("after too many tries the button waits, counts down and comes back", async () => {
  const { page, enter, type, complaint, texts } = scene({ present: [{ is: "wait", seconds: 3 }] });
  await enter().turn();
  await type("123456");
  const button = page.byId("login").querySelector();
  assert.deepEqual([complaint(), button.disabled], ["Too many tries. Wait 3 s.", true]);
  mock.timers.tick(1000);
  assert.equal(complaint(), "Too many tries. Wait 2 s.");
  texts.setLanguage("zh");
  assert.match(complaint(), /2/u, "in the other language too");
  mock.timers.tick(2000);
  assert.deepEqual([complaint(), button.disabled], ["", false]);
});

test("typing while the host makes the page wait neither ends the wait nor sends a guess", async () => {
  const { page, asked, enter, type, complaint } = scene({ present: [{ is: "wait", seconds: 3 }] });
  await enter().turn();
  await type("123456");
  const guesses = asked.length;
  const button = page.byId("login").querySelector();
  await type("12345");
  await type("654321");
  fire(page.byId("login"), "submit");
  await turns();
  assert.deepEqual([complaint(), button.disabled, asked.length], ["Too many tries. Wait 3 s.", true, guesses]);
  mock.timers.tick(3000);
  assert.deepEqual([complaint(), button.disabled], ["", false]);
  fire(page.byId("login"), "submit");
  await turns();
  assert.equal(asked.length, guesses + 1);
});

test("typing while a guess is on its way does not send another one", async () => {
  const { page, asked, enter } = scene();
  await enter().turn();
  const button = page.byId("login").querySelector();
  for (const text of ["123456", "1234", "654321"]) {
    page.byId("pin").value = text;
    fire(page.byId("pin"), "input");
    assert.ok(button.disabled, text);
  }
  await turns();
  assert.deepEqual(asked, ["renew", { pin: "123456" }]);
  assert.equal(button.disabled, false);
});

test("a link pasted during the wait is tried at once, since the host lets links in meanwhile", async () => {
  const { asked, enter, type, isIn } = scene({ present: [{ is: "wait", seconds: 60 }, IN] });
  const { entering, turn } = enter();
  await turn();
  await type("123456");
  await type("http://host:9000/#token=abcdefghijkl");
  await entering;
  assert.deepEqual(asked.at(-1), { token: "abcdefghijkl" });
  assert.ok(isIn());
});

test("a link that has to wait because of wrong guesses is tried again after the wait", async () => {
  const { asked, enter, complaint, isIn } = scene({ href: "http://host:9000/#token=chosen", present: [{ is: "wait", seconds: 2 }, IN] });
  const { entering, turn } = enter();
  await turn();
  assert.equal(complaint(), "Too many tries. Wait 2 s.");
  mock.timers.tick(1000);
  assert.equal(isIn(), false);
  mock.timers.tick(1000);
  await entering;
  assert.deepEqual(asked, [{ token: "chosen" }, "renew", { token: "chosen" }]);
});

test("a host that cannot be asked is trouble, and the token is kept for the next try", async () => {
  const { asked, login } = scene({ href: "http://host:9000/#token=abc", present: [TROUBLE, IN] });
  await assert.rejects(login.enter(), (error) => error instanceof Troubled && error.trouble.reason === "unreachable");
  await login.enter();
  assert.deepEqual(asked, [{ token: "abc" }, { token: "abc" }]);
  const cookie = scene({ renew: [TROUBLE] });
  await assert.rejects(cookie.login.enter(), Troubled);
});

test("trouble while the form is open is said there, with its lines", async () => {
  const { page, enter, type, complaint } = scene({ present: [TROUBLE] });
  await enter().turn();
  await type("123456");
  assert.match(complaint(), /^The host does not answer\. Is it/u);
  assert.equal(page.byId("login-lines").textContent, "a line");
});

test("a link pasted into the address bar counts: while it enters, and while the form asks", async () => {
  const { asked, login, enter } = scene({ present: [IN] });
  const { entering } = enter();
  login.take("pasted");
  await entering;
  assert.deepEqual(asked, ["renew", { token: "pasted" }]);
  const asking = scene({ present: [IN] });
  const { entering: later, turn } = asking.enter();
  await turn();
  asking.login.take("pasted");
  await later;
  assert.deepEqual(asking.asked.at(-1), { token: "pasted" });
});

test("submitting what is neither PIN nor link says so and asks nobody", async () => {
  const { page, asked, enter, complaint } = scene();
  await enter().turn();
  page.byId("pin").value = "12";
  assert.ok(fire(page.byId("login"), "submit").defaultPrevented);
  assert.equal(complaint(), "The PIN has six digits.");
  assert.deepEqual(asked, ["renew"]);
});

test("what somebody types: a PIN, a whole link, a token, or nothing yet", () => {
  assert.deepEqual(credentialIn(" 123-456 "), { pin: "123456" });
  assert.deepEqual(credentialIn("http://host:9000/#token=a.b~c"), { token: "a.b~c" });
  assert.deepEqual(credentialIn("abcdefghijkl"), { token: "abcdefghijkl" });
  for (const text of ["", "12345", "1234567", "abcdef", "abc def ghi jkl", "http://host/#pin=1"]) assert.equal(credentialIn(text), null, text);
  assert.equal(tokenIn("token=x"), null, "only after a #");
});

test("an empty token is taken out of the address bar and is none", () => {
  const { location } = installPage({ href: "http://host/#token=" });
  assert.equal(takeToken(), null);
  assert.equal(location.hash, "");
});
