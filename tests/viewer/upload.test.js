// @ts-check
// A file goes to the host in slices: it survives breaks, gives way to proxies, and ends when somebody says so.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { LEAST_SLICE, MOST_SLICE, SHORT_SLICE, TRIES, Upload, nextSlice } from "../../src/samescreen/viewer/control/upload.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

const CONTENT = new Uint8Array(3_000_000).map((_, at) => (at * 31) % 251);

/** A host that keeps what it gets. `troubles`: what becomes of the next requests with bytes instead. */
class FakeHost {
  /** @type {Uint8Array[]} */ parts = [];
  size = 0;
  /** @type {("lost"|"lost after"|number)[]} */ troubles = [];
  /** @type {number[]} */ lengths = [];
  ended = "";
  onSlice = () => {};

  get offset() {
    return this.parts.reduce((sum, part) => sum + part.length, 0);
  }

  install() {
    Object.assign(globalThis, { fetch: (/** @type {string} */ path, /** @type {any} */ request) => this.#answer(path, request) });
    return this;
  }

  /**
   * @param {string} path
   * @param {any} request
   */
  async #answer(path, { method = "GET", body, headers = {}, signal }) {
    if (path === "api/files/in/end") this.ended = JSON.parse(body).upload;
    if (path === "api/files/in" && method === "POST") this.size = JSON.parse(body).size;
    if (method !== "PATCH") return json(200, { upload: "u1", offset: this.offset, size: this.size });
    const bytes = new Uint8Array(await body.arrayBuffer());
    this.lengths.push(bytes.length);
    this.onSlice();
    const trouble = this.troubles.shift();
    if (typeof trouble === "number") return json(trouble, {}, "no");
    if (trouble === "lost" || signal?.aborted) throw new TypeError("no network");
    if (Number(headers["upload-offset"]) !== this.offset) return json(409, { offset: this.offset });
    this.parts.push(bytes);
    if (trouble === "lost after") throw new TypeError("no network");
    return json(200, { upload: "u1", offset: this.offset, ...(this.offset === this.size ? { name: "a (2).bin" } : {}) });
  }
}

/**
 * @param {number} status
 * @param {object} fields
 */
function json(status, fields, words = JSON.stringify(fields)) {
  return new Response(words, { status });
}

/** Runs it, with all waits passed at once. @param {Upload} upload */
async function end(upload) {
  /** @type {string|null} */ let ended = null;
  const run = upload.run().then((how) => (ended = how));
  while (ended === null) {
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(20_000);
  }
  return run;
}

function file() {
  return new File([CONTENT], "a.bin");
}

test("a file arrives whole, in slices", async () => {
  const host = new FakeHost().install();
  /** @type {number[]} */ const progress = [];
  const upload = new Upload(file(), (sent) => progress.push(sent));
  assert.equal(await end(upload), "done");
  assert.equal(upload.name, "a (2).bin");
  assert.deepEqual(Buffer.concat(host.parts), Buffer.from(CONTENT));
  assert.ok(host.lengths.length > 2);
  assert.equal(progress.at(-1), CONTENT.length);
});

test("no slice and no pause leaves a listener behind", async (t) => {
  const added = t.mock.method(AbortSignal.prototype, "addEventListener");
  const removed = t.mock.method(AbortSignal.prototype, "removeEventListener");
  new FakeHost().install().troubles = ["lost", 503];
  assert.equal(await end(new Upload(file(), () => {})), "done");
  const listeners = (/** @type {any} */ { mock: { calls } }) => new Set(calls.map((/** @type {any} */ call) => call.arguments[1]));
  assert.ok(listeners(added).size > 4);
  assert.deepEqual(listeners(removed), listeners(added));
});

test("after a break it goes on where the host has it", async () => {
  const host = new FakeHost().install();
  host.troubles = ["lost", "lost after", 503, 408];
  assert.equal(await end(new Upload(file(), () => {})), "done");
  assert.deepEqual(Buffer.concat(host.parts), Buffer.from(CONTENT));
});

test("a proxy that takes short bodies only gets short ones", async () => {
  const host = new FakeHost().install();
  let isStrict = true;
  host.onSlice = () => {
    if (isStrict && (host.lengths.at(-1) ?? 0) > SHORT_SLICE) host.troubles = [413];
  };
  assert.equal(await end(new Upload(file(), () => {})), "done");
  isStrict = false;
  assert.deepEqual(Buffer.concat(host.parts), Buffer.from(CONTENT));
  assert.ok(host.lengths.slice(-3).every((length) => length <= SHORT_SLICE));
});

test("a refusal ends it, with the host's words; so does a network that stays away", async () => {
  const host = new FakeHost().install();
  host.troubles = [403];
  const upload = new Upload(file(), () => {});
  assert.deepEqual([await end(upload), upload.words], ["refused", "no"]);
  host.parts = [];
  host.troubles = [507];
  assert.equal(await end(new Upload(file(), () => {})), "refused");
  host.troubles = Array(TRIES).fill("lost");
  assert.equal(await end(new Upload(file(), () => {})), "lost");
});

test("who cancels ends it here and on the host", async () => {
  const host = new FakeHost().install();
  const upload = new Upload(file(), () => {});
  host.onSlice = () => upload.cancel();
  assert.equal(await end(upload), "cancelled");
  assert.equal(host.ended, "u1");
});

test("a slice takes a third of a second, whatever the path", () => {
  assert.equal(nextSlice(1_000_000, 300), 1_000_000);
  assert.equal(nextSlice(1_000_000, 3_000), 100_000);
  assert.equal(nextSlice(1_000_000, 1), 2_000_000);
  assert.equal(nextSlice(MOST_SLICE, 1), MOST_SLICE);
  assert.equal(nextSlice(LEAST_SLICE, 60_000), LEAST_SLICE);
});
