// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { byId, keepsCookies, lasting, visit } from "../../src/samescreen/viewer/app/memory.js";
import { Notice } from "../../src/samescreen/viewer/app/notice.js";
import { Texts } from "../../src/samescreen/viewer/app/texts.js";
import { fire, installPage } from "./fakes/page.js";

test("lasting memory and that of the visit are kept apart; null forgets", () => {
  const { local, session } = installPage();
  assert.ok(lasting.remember("fit", "actual") && visit.remember("fit", "fit"));
  assert.deepEqual([lasting.recall("fit"), visit.recall("fit")], ["actual", "fit"]);
  assert.deepEqual([...local.entries.keys(), ...session.entries.keys()], ["samescreen.fit", "samescreen.fit"]);
  lasting.remember("fit", null);
  assert.deepEqual([lasting.recall("fit"), visit.recall("fit")], [null, "fit"]);
});

test("where storage is forbidden nothing fails, and the page knows that nothing is kept", () => {
  installPage();
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get: () => {
      throw new DOMException("denied", "SecurityError");
    },
  });
  assert.equal(lasting.recall("fit"), null);
  assert.equal(lasting.remember("fit", "actual"), false);
});

test("whether the browser keeps cookies is found out by trying", () => {
  const { document } = installPage();
  assert.equal(keepsCookies(), true);
  Object.defineProperty(document, "cookie", { get: () => "", set: () => {} });
  assert.equal(keepsCookies(), false);
});

test("an element that index.html lacks is an error with its name", () => {
  installPage();
  assert.throws(() => byId("nonsense"), /index\.html lacks #nonsense/u);
});

test("a notice stands until it is closed, and comes back when what was clicked fails again", () => {
  const page = installPage();
  const texts = new Texts("en");
  const notice = new Notice(texts);
  const text = () => (page.byId("notice").hidden ? null : page.byId("notice-text").textContent);
  notice.show("login.wait", 7);
  assert.equal(text(), "Too many tries. Wait 7 s.");
  texts.setLanguage("zh");
  assert.match(text(), /7/u);
  assert.doesNotMatch(text(), /Wait/u);
  fire(page.byId("notice-close"), "click");
  assert.equal(text(), null);
  notice.show("login.wait", 3);
  assert.match(text(), /3/u);
  notice.show(null);
  assert.equal(text(), null);
});
