// @ts-check
// Workers that small pictures share: how many there are, and when they end.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { FakeWorker } from "./fakes/worker.js";
import { SharedWorkers } from "../../src/samescreen/viewer/shared_workers.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

/** Workers whose modules are loaded at once. */
function scene() {
  /** @type {FakeWorker[]} */ const made = [];
  const workers = new SharedWorkers(() => {
    made.push(new FakeWorker(new URL("file:///worker.js"), {}));
    return Promise.resolve(/** @type {any} */ (made.at(-1)));
  });
  /** @param {number} count */
  const take = async (count) => {
    const taken = [];
    for (let n = 0; n < count; n += 1) taken.push(/** @type {import("../../src/samescreen/viewer/shared_workers.js").Place} */ (await workers.take()));
    for (const { port } of taken) port.close();
    return taken;
  };
  const settled = async () => {
    for (let n = 0; n < 5; n += 1) await Promise.resolve();
  };
  return { made, take, settled };
}

test("eight pictures share a worker, and more than forty share five", async () => {
  const { made, take } = scene();
  await take(8);
  assert.equal(made.length, 1);
  await take(1);
  assert.equal(made.length, 2);
  await take(40);
  assert.equal(made.length, 5);
  assert.deepEqual(made.map(({ posted }) => posted.length), [10, 10, 10, 10, 9]);
});

test("a worker ends a while after its last picture has left, and the next picture gets a new one", async () => {
  const { made, take, settled } = scene();
  const [first, second] = await take(2);
  first.leave();
  mock.timers.tick(60_000);
  await settled();
  assert.equal(made[0].isTerminated, false, "one picture is still there");
  second.leave();
  mock.timers.tick(19_000);
  await settled();
  assert.equal(made[0].isTerminated, false);
  mock.timers.tick(1_000);
  await settled();
  assert.equal(made[0].isTerminated, true);
  await take(1);
  assert.equal(made.length, 2);
});

test("a picture that comes in time keeps the idle worker", async () => {
  const { made, take, settled } = scene();
  const [first] = await take(1);
  first.leave();
  mock.timers.tick(19_000);
  await take(1);
  mock.timers.tick(60_000);
  await settled();
  assert.deepEqual([made.length, made[0].isTerminated], [1, false]);
});

test("where there can be no worker, a picture gets none, and a later one tries again", async () => {
  let tries = 0;
  const workers = new SharedWorkers(() => ((tries += 1), Promise.resolve(null)));
  assert.equal(await workers.take(), null);
  assert.equal(await workers.take(), null);
  assert.equal(tries, 1);
  mock.timers.tick(20_000);
  assert.equal(await workers.take(), null);
  assert.equal(tries, 2);
});
