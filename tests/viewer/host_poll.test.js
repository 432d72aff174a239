// @ts-check
// When the host's page asks for news, and what it makes of the answers.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Api } from "../../src/samescreen/viewer/host/api.js";
import { Deeds } from "../../src/samescreen/viewer/host/deed.js";
import { EVERY_MS, Poll, delayMs } from "../../src/samescreen/viewer/host/poll.js";
import { FakeElement, installPage } from "./fakes/page.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

/** Until all that is resolved by now has gone on. */
async function turns() {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

/** @param {{answers?: boolean}} [host] */
function scene(host = {}) {
  const tab = { isHidden: false };
  const counted = { asked: 0 };
  const ask = async () => {
    counted.asked += 1;
    return host.answers ?? true;
  };
  return { poll: new Poll(ask, () => tab.isHidden), tab, counted };
}

test("it asks once a second", async () => {
  const { poll, counted } = scene();
  poll.start();
  await turns();
  for (let second = 1; second <= 3; second += 1) {
    mock.timers.tick(EVERY_MS);
    await turns();
    assert.equal(counted.asked, second + 1);
  }
});

test("after news that could not be shown it asks again, later", async (t) => {
  t.mock.method(console, "error", () => {});
  let asked = 0;
  const poll = new Poll(async () => {
    asked += 1;
    throw new TypeError("of another version");
  }, () => false);
  poll.start();
  await turns();
  mock.timers.tick(2 * EVERY_MS);
  await turns();
  assert.equal(asked, 2);
});

test("after an act that was refused the news come whole, so that the page shows what holds", async () => {
  const page = installPage();
  page.document.elements.set("said", new FakeElement("said"));
  /** @type {any[]} */ const asked = [];
  const api = new Api(() => null, async (path, request) => {
    asked.push([path, /** @type {any} */ (request?.headers)["if-none-match"]]);
    return new Response("no", { status: path === "api/host" ? 200 : 400, headers: { etag: '"1"' } });
  });
  await api.overview();
  /** @type {Promise<unknown>} */ let news = Promise.resolve();
  const deeds = new Deeds(api, /** @type {any} */ ({ of: () => "" }), () => (news = api.overview()));
  await deeds.post("api/people/grants", {});
  await news;
  assert.deepEqual(asked, [["api/host", undefined], ["api/people/grants", undefined], ["api/host", undefined]]);
});

test("a hidden tab asks nothing, and asks at once when it is shown again", async () => {
  const { poll, tab, counted } = scene();
  poll.start();
  await turns();
  tab.isHidden = true;
  mock.timers.tick(60_000);
  await turns();
  assert.equal(counted.asked, 1);
  tab.isHidden = false;
  void poll.now();
  await turns();
  assert.equal(counted.asked, 2);
});

test("an act during a question leads to one more question at once", async () => {
  const { poll, counted } = scene();
  poll.start();
  void poll.now();
  void poll.now();
  await turns();
  assert.equal(counted.asked, 2);
});

test("without an answer it asks less and less often", async () => {
  assert.deepEqual([0, 1, 2, 3, 9].map(delayMs), [1000, 2000, 4000, 8000, 15_000]);
  const { poll, counted } = scene({ answers: false });
  poll.start();
  await turns();
  mock.timers.tick(EVERY_MS);
  await turns();
  assert.equal(counted.asked, 1, "the first wait after a failure is two seconds");
  mock.timers.tick(EVERY_MS);
  await turns();
  assert.equal(counted.asked, 2);
});

test("it stops", async () => {
  const { poll, counted } = scene();
  poll.start();
  await turns();
  poll.stop();
  mock.timers.tick(60_000);
  void poll.now();
  await turns();
  assert.equal(counted.asked, 1);
});

/** @typedef {{status?: number, body?: string, headers?: Record<string, string>}|null} Given */

/** @param {Given[]} given  in order; null: the host does not answer */
function api(given, bearer = /** @type {string|null} */ (null)) {
  /** @type {{path: string, headers: Record<string, string>}[]} */ const asked = [];
  const fetching = async (/** @type {any} */ path, /** @type {any} */ request) => {
    asked.push({ path, headers: request.headers });
    const next = given.shift();
    if (!next) throw new TypeError("no answer");
    const { status = 200, body = "{}", headers = {} } = next;
    return new Response(status === 304 ? null : body, { status, headers: { "content-type": "application/json", ...headers } });
  };
  return { api: new Api(() => bearer, /** @type {typeof fetch} */ (fetching)), asked };
}

test("the overview is asked for with the tag of the last one", async () => {
  const made = api([{ headers: { etag: '"a"' }, body: '{"host":"desk"}' }, { status: 304 }, {}]);
  assert.deepEqual(await made.api.overview(), { is: "ok", value: { host: "desk" } });
  assert.deepEqual(await made.api.overview(), { is: "same" });
  made.api.forget();
  await made.api.overview();
  assert.deepEqual(made.asked.map(({ headers }) => headers["if-none-match"]), [undefined, '"a"', undefined]);
});

test("what an answer means", async () => {
  const cause = (/** @type {string} */ word) => ({ "samescreen-cause": word, "content-type": "text/plain" });
  const made = api([
    { status: 401, body: "no", headers: cause("sign-in") },
    { status: 403, body: "no", headers: cause("forbidden") },
    { status: 400, body: "a line has 1 to 500 characters\n", headers: cause("bad-request") },
    { status: 200, body: "<svg/>", headers: { "content-type": "image/svg+xml" } },
    { status: 200, body: "<html>" },
    { status: 502, body: "a proxy" },
    null,
  ]);
  const meanings = [];
  for (let n = 0; n < 7; n += 1) meanings.push(await made.api.post("api/say"));
  assert.deepEqual(meanings, [
    { is: "out", isStranger: true },
    { is: "out", isStranger: false },
    { is: "refused", words: "a line has 1 to 500 characters" },
    { is: "ok", value: "<svg/>" },
    { is: "silent" },
    { is: "silent" },
    { is: "silent" },
  ]);
});

test("where the browser keeps no cookie, each request shows the link's token", async () => {
  const made = api([{}], "secret");
  await made.api.get("api/sources");
  assert.equal(made.asked[0].headers.authorization, "Bearer secret");
});
