// @ts-check
// Asking for clipboard and files: who sees which button, and what an answer does.
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Exchange } from "../../src/samescreen/viewer/app/exchange.js";
import { Panels } from "../../src/samescreen/viewer/app/panels.js";
import { Texts } from "../../src/samescreen/viewer/app/texts.js";
import { settled } from "./fakes/codecs.js";
import { fire, installPage } from "./fakes/page.js";

/** @param {boolean} [isActing] */
function scene(isActing = false) {
  const page = installPage();
  const notice = { show: mock.fn() };
  const ask = mock.fn();
  const panels = new Panels();
  const control = /** @type {any} */ ({ isActing });
  const exchange = new Exchange(new Texts("en"), control, panels, /** @type {any} */ (notice), ask);
  const button = (/** @type {string} */ grant) => page.byId(`ask-${grant}`);
  return { page, panels, exchange, control, notice, ask, button };
}

test("a yes to files fills the open panel with what the host offers", async () => {
  const { page, panels, exchange } = scene();
  const fetched = mock.fn(async () => new Response(JSON.stringify({ files: [{ file: "a", name: "a.txt", size: 3 }] })));
  Object.assign(globalThis, { fetch: fetched });
  exchange.granted({ grants: ["watch"], may_ask: ["files-out"] });
  panels.toggle("exchange");
  exchange.granted({ grants: ["watch", "files-out"] });
  await settled();
  assert.deepEqual([page.byId("offers").children.length, page.byId("offers-none").hidden], [1, true]);
  panels.close();
  exchange.granted({ grants: ["watch", "files-out", "point"] });
  assert.equal(fetched.mock.callCount(), 1, "nothing is read for a closed panel");
});

test("whoever may ask sees a button for each grant that they lack, and asks for one at a time", () => {
  const { page, exchange, ask, button } = scene();
  exchange.granted({ grants: ["watch"] });
  assert.deepEqual([page.byId("tool-exchange").hidden, page.byId("exchange-asks").hidden], [true, true]);
  exchange.granted({ grants: ["watch", "files-in"], may_ask: ["files-out", "point", "clipboard-in"] });
  assert.deepEqual([page.byId("tool-exchange").hidden, page.byId("exchange-asks").hidden], [false, false]);
  assert.deepEqual(["clipboard-in", "clipboard-out", "files-in", "files-out"].map((grant) => button(grant).hidden), [false, true, true, false]);
  fire(button("files-out"), "click");
  assert.deepEqual(ask.mock.calls.map(({ arguments: given }) => given), [[["files-out"]]]);
});

test("of two clips that are fetched at once the newer one stays, and no image of the older one", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { page, exchange } = scene();
  const urls = { createObjectURL: mock.fn(() => "blob:1"), revokeObjectURL: mock.fn() };
  Object.assign(URL, urls);
  /** @type {((clip: Response) => void)[]} */ const answers = [];
  Object.assign(globalThis, { fetch: () => new Promise((resolve) => answers.push(resolve)) });
  exchange.granted({ grants: ["clipboard-out"] });
  for (const kind of ["image", "text"]) exchange.copied({ type: "clipboard", kind: /** @type {any} */ (kind), size_bytes: 3, number: 1, detail: "" });
  answers[1](new Response("new", { headers: { "content-type": "text/plain" } }));
  await settled();
  answers[0](new Response("old", { headers: { "content-type": "image/png" } }));
  await settled();
  assert.deepEqual([page.byId("clip-text").textContent, urls.createObjectURL.mock.callCount()], ["new", 0]);
});

test("whoever acts reads that keys wait while a clip is on its way, unless it is there at once", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  for (const [isActing, words] of /** @type {[boolean, string][]} */ ([[true, "Your clip is on its way to the host. Keys and clicks wait for it."], [false, ""]])) {
    const { page, exchange, control } = scene(isActing);
    /** @type {(answer: Response) => void} */ let answer = () => {};
    Object.assign(globalThis, { fetch: () => new Promise((resolve) => (answer = resolve)) });
    exchange.granted({ grants: ["clipboard-in"] });
    const line = () => (page.byId("clip-line").hidden ? "" : page.byId("clip-words").textContent);
    const isThere = control.clipboard.paste()({ clipboardData: { getData: () => "long" } });
    assert.equal(line(), "");
    t.mock.timers.tick(350);
    assert.equal(line(), words);
    answer(new Response("", { status: 200 }));
    assert.equal(await isThere, true);
    assert.equal(line(), "The host's clipboard has it now.");
    t.mock.timers.tick(350);
    assert.equal(line(), "The host's clipboard has it now.");
  }
});

test("while the host has been asked nothing else can be asked, and each answer is said", () => {
  const { exchange, notice, button } = scene();
  exchange.granted({ grants: ["watch"], may_ask: ["files-out", "files-in"] });
  const said = (/** @type {string} */ state) => {
    exchange.asked({ grants: ["files-out"], state });
    return [notice.show.mock.calls.at(-1)?.arguments[0], button("files-in").disabled];
  };
  assert.deepEqual(said("waits"), ["control.waits", true]);
  exchange.welcomed();
  assert.equal(button("files-in").disabled, false, "a new connection knows nothing of it");
  assert.deepEqual(said("given"), ["exchange.given", false]);
  assert.deepEqual(said("no"), ["control.no", false]);
  assert.deepEqual(said("off"), ["exchange.off", false]);
  assert.deepEqual([exchange.isAbout(["files-out"]), exchange.isAbout(["control"]), exchange.isAbout(["point"])], [true, false, false]);
});
