// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { Wake } from "../../src/samescreen/viewer/app/wake.js";

function scene() {
  const seen = { asked: 0, released: 0, isVisible: true, refuses: false };
  /** @type {() => void} */ let changeVisibility = () => {};
  /** @type {() => void} */ let take = () => {};
  const wake = new Wake({
    request: async (onLost) => {
      seen.asked += 1;
      take = onLost;
      if (seen.refuses) throw new Error("battery low");
      return { release: async () => void (seen.released += 1) };
    },
    isVisible: () => seen.isVisible,
    onVisibility: (listener) => (changeVisibility = listener),
  });
  /** @param {boolean} isVisible */
  const show = (isVisible) => {
    seen.isVisible = isVisible;
    changeVisibility();
  };
  return { wake, seen, show, take: () => take() };
}

test("held while wanted, asked for once, released after", async () => {
  const { wake, seen } = scene();
  wake.want(true);
  wake.want(true);
  await turn();
  wake.want(true);
  assert.equal(seen.asked, 1);
  wake.want(false);
  assert.equal(seen.released, 1);
});

test("asked for again when the page is shown again, and not while it is hidden", async () => {
  const { wake, seen, show } = scene();
  wake.want(true);
  await turn();
  show(false);
  wake.want(true);
  await turn();
  assert.equal(seen.asked, 1);
  show(true);
  await turn();
  assert.equal(seen.asked, 2);
});

test("what is granted too late is given back at once", async () => {
  const { wake, seen } = scene();
  wake.want(true);
  wake.want(false);
  await turn();
  assert.deepEqual([seen.asked, seen.released], [1, 1]);
});

test("a refusal is not argued with, and the next occasion is taken", async () => {
  const { wake, seen } = scene();
  seen.refuses = true;
  wake.want(true);
  await turn();
  assert.equal(seen.asked, 1);
  seen.refuses = false;
  wake.want(true);
  await turn();
  assert.equal(seen.asked, 2);
});

test("what the browser takes away from a visible page is asked for at the next occasion", async () => {
  const { wake, seen, take } = scene();
  wake.want(true);
  await turn();
  take();
  assert.equal(seen.asked, 1);
  wake.want(true);
  await turn();
  assert.equal(seen.asked, 2);
  wake.want(false);
  take();
  assert.equal(seen.released, 1, "what was given back is not lost");
});

test("where there is none, nothing happens", () => {
  new Wake(null).want(true);
});
