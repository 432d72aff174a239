// @ts-check
// The whole page in node: index.html's elements, a host that answers fetch and WebSocket, and the receiver on the page's own thread.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

// Loaded here, so that a page that opens does not wait for it.
import "../../src/samescreen/viewer/receiver.js";
import { PROTOCOL_VERSION } from "../../src/samescreen/viewer/wire.js";
import { CONFIG, FakeVideoDecoder, settled } from "./fakes/codecs.js";
import { FakeHost } from "./fakes/host.js";
import { installPage } from "./fakes/page.js";

const WELCOME = { type: "welcome", version: PROTOCOL_VERSION, viewer: "v1", host: "desk", ack_interval_ms: 50, streams: [{ stream: "s", name: "Screen", track: 0 }], watching: "s", visit: "q1Jc" };
const IN = { status: 200, fields: { pass: "1.a", cookie: true } };
const STRANGER = { status: 401, cause: "sign-in", fields: {} };
const GATEWAY = { status: 502, fields: {} };

let visits = 0;
beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "setInterval"] }));
afterEach(() => {
  leave();
  mock.timers.reset();
});

/** Closes the viewer of the page before. */
function leave() {
  /** @type {any} */ (globalThis).samescreen?.close();
  Reflect.deleteProperty(globalThis, "samescreen");
}

/** Until requests are answered and frames have passed. */
async function calm() {
  for (let turn = 0; turn < 5; turn += 1) await settled();
}

/**
 * A page that was just opened.
 * @param {{href?: string, answers?: {status: number, cause?: string, fields: object}[], session?: Record<string, string>, broken?: boolean}} [like]
 *   answers: of the host, in order; the last one goes on
 */
async function open({ href = "http://host:9000/", answers = [IN], session = {}, broken = false } = {}) {
  leave();
  const page = installPage({ href, session });
  const host = new FakeHost();
  /** @type {[string, any][]} */ const asked = [];
  page.byId("screen").constructor.prototype.getContext = () => ({ save() {}, beginPath() {}, rect() {}, clip() {}, drawImage() {}, restore() {} });
  Reflect.deleteProperty(globalThis, "Worker");
  Object.assign(globalThis, {
    WebSocket: function (/** @type {string} */ url, /** @type {string[]} */ protocols) {
      return host.around.open(url, protocols);
    },
    fetch: async (/** @type {string} */ path, /** @type {any} */ request) => {
      asked.push([path, JSON.parse(request?.body ?? "{}")]);
      const { status, cause, fields } = /** @type {any} */ (answers.length > 1 ? answers.shift() : answers[0]);
      return new Response(JSON.stringify(fields), { status, headers: cause ? { "samescreen-cause": cause } : {} });
    },
  });
  if (broken) Reflect.deleteProperty(globalThis, "WebSocket");
  visits += 1;
  await import(`../../src/samescreen/viewer/app/app.js?visit=${visits}`);
  await calm();
  const welcome = async (more = {}) => {
    host.newest.open();
    host.send({ ...WELCOME, ...more });
    host.send({ ...CONFIG });
    await calm();
  };
  const paint = async (/** @type {number} */ sequence) => {
    host.sendPacket({ sequence, payload: new Uint8Array(1) });
    FakeVideoDecoder.newest.output();
    await settled();
  };
  /** @param {number} ms */
  const pass = async (ms) => {
    mock.timers.tick(ms);
    await calm();
  };
  return { page, host, asked, welcome, paint, pass, paths: () => asked.map(([path]) => path) };
}

test("a link's token lets in, the pass goes on the WebSocket, and the picture is there", async () => {
  const { page, host, asked, welcome, paint } = await open({ href: "http://host:9000/#token=abc" });
  assert.deepEqual(asked[0], ["api/login", { token: "abc", pass: true }]);
  assert.equal(page.location.hash, "");
  assert.deepEqual(host.newest.protocols, ["samescreen", "samescreen.pass.1.a"]);
  await welcome();
  await paint(0);
  assert.equal(page.root.dataset.state, "live");
  assert.deepEqual([page.root.dataset.path, page.root.dataset.painted, page.document.title], ["webcodecs", "", "Screen · Samescreen"]);
  assert.equal(page.session.getItem("samescreen.decoder"), "webcodecs");
});

test("a stranger is asked, and nothing is connected before the PIN is right", async () => {
  const { page, host, welcome } = await open({ answers: [STRANGER, IN] });
  assert.deepEqual([page.byId("login").hidden, page.root.dataset.state, host.websockets.length], [false, "login", 0]);
  page.byId("pin").value = "123456";
  page.byId("pin").dispatchEvent(new Event("input"));
  await calm();
  assert.equal(host.websockets.length, 1);
  await welcome();
  assert.ok(page.byId("login").hidden);
});

test("while the host cannot be asked the page says why and tries again; the button tries at once", async () => {
  const { page, host, asked, pass } = await open({ answers: [GATEWAY, GATEWAY, IN] });
  await pass(400);
  assert.equal(page.byId("status-title").textContent, "The proxy does not reach the host");
  assert.equal(asked.length, 1);
  page.byId("retry-now").dispatchEvent(new Event("click"));
  await calm();
  assert.equal(asked.length, 2);
  await pass(10_000);
  assert.equal(host.websockets.length, 1);
});

test("a WebSocket that is refused: the host is asked why, once for each time, and a stranger logs in anew", async () => {
  const { page, host, paths } = await open({ answers: [IN, STRANGER] });
  const before = page.byId("screen");
  host.newest.drop(1006);
  await calm();
  assert.deepEqual(paths(), ["api/renew", "api/renew", "api/renew"]);
  assert.deepEqual([page.byId("login").hidden, page.root.dataset.state], [false, "login"]);
  assert.notEqual(page.byId("screen"), before, "a canvas given away never comes back");
});

test("let in, and yet no WebSocket opens twice in a row: then something in between stops it", async () => {
  const { page, host, pass } = await open();
  host.newest.drop(1006);
  await pass(400);
  assert.notEqual(page.byId("status-title").textContent, "The connection for the pictures does not open");
  await pass(6000);
  host.newest.drop(1006);
  await pass(400);
  assert.equal(page.byId("status-title").textContent, "The connection for the pictures does not open");
  assert.match(page.byId("status-lines").textContent, /Upgrade/u);
});

test("after a change of network the hands, too, have a new connection as soon as the picture is back", async () => {
  const { page, host, welcome, pass } = await open();
  await welcome();
  host.send({ type: "grants", grants: ["watch", "control"] });
  await calm();
  const [picture] = host.websockets;
  page.byId("tool-control").click();
  const hands = host.newest;
  hands.open();
  picture.drop(1006);
  await pass(6000);
  assert.deepEqual([host.websockets.length, hands.readyState], [3, 1], "the host is not back");
  await welcome();
  assert.deepEqual([host.websockets.length, hands.readyState], [4, 3]);
});

test("a page of another version reloads once, and not again", async () => {
  const first = await open();
  await first.welcome({ version: 99 });
  assert.equal(first.page.location.reload.mock.callCount(), 1);
  const second = await open({ session: { reloaded: "yes" } });
  await second.welcome({ version: 99 });
  assert.equal(second.page.location.reload.mock.callCount(), 0);
  assert.equal(second.page.root.dataset.state, "failed");
});

test("a link pasted over the address of an open page: a wrong one changes nothing, a right one gives a new pass", async () => {
  const { page, host, welcome, asked } = await open({ answers: [IN, IN, { status: 403, cause: "wrong", fields: {} }, { status: 200, fields: { pass: "2.b", cookie: true } }] });
  await welcome();
  const paste = async (/** @type {string} */ token) => {
    page.location.hash = `token=${token}`;
    page.window.dispatchEvent(new Event("hashchange"));
    await calm();
  };
  await paste("old");
  assert.deepEqual(asked.at(-1), ["api/login", { token: "old", pass: true }]);
  assert.equal(page.byId("notice").hidden, false);
  await paste("new");
  assert.equal(page.byId("notice").hidden, true);
  assert.equal(host.websockets.length, 1, "the picture goes on");
  host.newest.drop(1006);
  await paste("newer");
  assert.equal(host.websockets.length, 2, "at once, not at the end of the wait");
  assert.deepEqual(host.newest.protocols, ["samescreen", "samescreen.pass.2.b"]);
});

test("a right that is given wakes the bar, and one that ends is said", async () => {
  const { page, host, welcome, paint, pass } = await open();
  await welcome();
  await paint(0);
  await pass(4_000);
  assert.ok(page.root.classList.contains("quiet"));
  host.send({ type: "grants", grants: ["watch", "point"] });
  await calm();
  assert.deepEqual([page.root.classList.contains("quiet"), page.byId("notice").hidden], [false, true]);
  host.send({ type: "grants", grants: ["watch"] });
  await calm();
  assert.match(page.byId("notice-text").textContent, /^A right that the host gave you has ended/u);
});

test("in a browser that keeps no cookie a notice says what that means", async () => {
  const { page, welcome } = await open({ answers: [IN, { status: 200, fields: { pass: "1.a", cookie: false } }] });
  await welcome();
  assert.equal(page.byId("notice").hidden, false);
  assert.match(page.byId("notice-text").textContent, /^This browser did not keep the cookie/u);
});

test("a browser without WebSocket gets a message", async () => {
  const { page, pass } = await open({ broken: true });
  await pass(400);
  assert.equal(page.byId("status-title").textContent, "This browser is too old");
});
