// @ts-check
// The page's second script in node: when it loads the rest of the page. One test, because a module runs once.
import assert from "node:assert/strict";
import { after, mock, test } from "node:test";

// Loaded here, so that the page does not wait for it.
import "../../src/samescreen/viewer/receiver.js";
import { settled } from "./fakes/codecs.js";
import { FakeHost } from "./fakes/host.js";
import { installPage } from "./fakes/page.js";

/** @param {() => boolean} probe */
async function until(probe) {
  for (let turn = 0; turn < 500 && !probe(); turn += 1) await settled();
  assert.ok(probe(), "it never came");
}

after(() => /** @type {any} */ (globalThis).samescreen?.close());

test("on a slow link the controls load while the viewer still connects, but only once there is something to look at", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const page = installPage({ href: "http://host:9000/#token=abc" });
  const host = new FakeHost();
  page.byId("screen").constructor.prototype.getContext = () => ({ transferFromImageBitmap() {} });
  Reflect.deleteProperty(globalThis, "Worker");
  mock.method(performance, "getEntriesByType", () => [{ requestStart: 0, responseStart: 100 }]);
  /** @type {(file: Blob) => void} */ let arrive = () => {};
  const picture = new Promise((resolve) => (arrive = resolve));
  const headers = new Headers({ "samescreen-answer": '{"pass": "1.a"}' });
  Object.assign(globalThis, {
    WebSocket: function (/** @type {string} */ url, /** @type {string[]} */ protocols) {
      return host.around.open(url, protocols);
    },
    fetch: async () => ({ status: 200, headers, blob: () => picture }),
    createImageBitmap: async () => ({ width: 96, height: 54 }),
  });
  await import("../../src/samescreen/viewer/app/entrance.js");
  await until(() => host.websockets.length === 1);
  for (let turn = 0; turn < 20; turn += 1) await settled();
  assert.equal(page.root.dataset.started, undefined);
  arrive(new Blob(["jpeg"]));
  await until(() => page.root.dataset.started === "");
  assert.equal(page.root.dataset.firstPaintMs, undefined, "the viewer has no picture yet");
});
