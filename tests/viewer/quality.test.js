// @ts-check
import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { QualityMenu } from "../../src/samescreen/viewer/app/quality.js";
import { Texts } from "../../src/samescreen/viewer/app/texts.js";
import { en } from "../../src/samescreen/viewer/app/texts/en.js";
import { fire, installPage } from "./fakes/page.js";

/** @param {string|null} [asked] */
function scene(asked = null) {
  const page = installPage();
  const onChoose = mock.fn();
  const open = () => new QualityMenu(new Texts("en"), asked, onChoose);
  const menu = open();
  /** @param {string} quality */
  const choose = (quality) => {
    page.byId("tool-quality").value = quality;
    fire(page.byId("tool-quality"), "change");
  };
  return { page, menu, open, onChoose, choose, note: () => page.byId("quality-note").textContent };
}

test("a choice is said, explained and kept in this tab, and comes before the address", () => {
  const { menu, open, onChoose, choose, note } = scene("full");
  assert.equal(menu.chosen, "full");
  choose("low");
  assert.deepEqual(onChoose.mock.calls.map(({ arguments: [quality] }) => quality), ["low"]);
  assert.equal(note(), en["quality.low-note"]);
  assert.equal(open().chosen, "low");
});

test("an unknown word in the address chooses nothing", () => {
  assert.equal(scene("best").menu.chosen, "auto");
});

test("with stills only there is nothing to choose, and the page says so", () => {
  const { page, menu, note } = scene("low");
  menu.follow("jpeg");
  assert.deepEqual([page.byId("tool-quality").disabled, note()], [true, en["quality.stills-note"]]);
  menu.follow("wasm");
  assert.deepEqual([page.byId("tool-quality").disabled, note(), menu.chosen], [false, en["quality.low-note"], "low"]);
});
