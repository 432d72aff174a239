// @ts-check
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

afterEach(() => {
  for (const name of ["parent", "self"]) Reflect.deleteProperty(globalThis, name);
});

let loads = 0;

/** What the module says in such a scope. @param {object} scope  globals of the browser */
async function isFramedIn(scope) {
  Object.assign(globalThis, scope);
  const { isFramed } = await import(`../../src/samescreen/viewer/app/framed.js?load=${(loads += 1)}`);
  return isFramed;
}

test("a page whose parent is another window is in a frame", async () => {
  assert.equal(await isFramedIn({ self: {}, parent: {} }), true);
});

test("a page in a tab of its own is its own parent", async () => {
  const self = {};
  assert.equal(await isFramedIn({ self, parent: self }), false);
});

test("a scope without a parent, such as a worker's, is in no frame", async () => {
  assert.equal(await isFramedIn({ self: {} }), false);
});
