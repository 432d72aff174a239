// @ts-check
// The sheet with a link and its QR code: what it shows is of the link that stands there now.
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { CodeSheet } from "../../src/samescreen/viewer/host/code.js";
import { HostTexts } from "../../src/samescreen/viewer/host/words.js";
import { settled } from "./fakes/codecs.js";
import { FakeElement, fire, installPage } from "./fakes/page.js";

function scene() {
  const page = installPage();
  for (const id of ["code", "code-close", "code-copy", "code-link", "code-picture", "code-text", "code-title"]) page.document.elements.set(id, new FakeElement(id));
  const sheet = page.byId("code");
  Object.assign(sheet, { open: false, showModal: () => (sheet.open = true), close: () => ((sheet.open = false), fire(sheet, "close")) });
  /** @type {((drawing: string) => void)[]} */ const draw = [];
  const deeds = { post: () => new Promise((resolve) => draw.push(resolve)), say: mock.fn() };
  const code = new CodeSheet(new HostTexts("en"), /** @type {any} */ (deeds));
  const show = (/** @type {string} */ link) => void code.show({ link, title: "code.viewer", text: "code.viewer-text", seconds: null });
  return { page, sheet, draw, show, drawn: () => page.byId("code-picture").src };
}

test("the code of a link that was closed never stands beside another one", async () => {
  const { page, sheet, draw, show, drawn } = scene();
  show("http://host/host#token=secret");
  sheet.close();
  show("http://host/#token=viewer");
  draw[1]("new");
  await settled();
  draw[0]("old");
  await settled();
  assert.deepEqual([page.byId("code-link").textContent, drawn()], ["http://host/#token=viewer", "data:image/svg+xml,new"]);
});

test("a code that comes after the sheet is closed is not kept", async () => {
  const { sheet, draw, show, drawn } = scene();
  show("http://host/#token=viewer");
  sheet.close();
  draw[0]("late");
  await settled();
  assert.equal(drawn(), undefined);
});
