// @ts-check
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { HostLines } from "../../src/samescreen/viewer/app/host_lines.js";
import { partsOf } from "../../src/samescreen/viewer/app/linked_text.js";
import { Talk } from "../../src/samescreen/viewer/app/talk.js";
import { Texts } from "../../src/samescreen/viewer/app/texts.js";
import { fire, installPage } from "./fakes/page.js";
import { settled } from "./fakes/codecs.js";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

const YOU = /** @type {const} */ ({ type: "you", name: "", hand: false, speaks: true, took: 0 });

/** @param {Record<string, string>} [local] */
function scene(local) {
  const page = installPage({ local });
  /** @type {unknown[][]} */ const said = [];
  const speaker = {
    setName: (/** @type {string} */ name) => void said.push(["name", name]),
    setHand: (/** @type {boolean} */ up) => void said.push(["hand", up]),
    writeLine: (/** @type {string} */ text) => void said.push(["line", text]),
  };
  const talk = new Talk(new Texts("en"), () => speaker);
  /** @param {string} id @param {string} text */
  const type = (id, text) => {
    page.byId(id).value = text;
    fire(page.byId(id), "input");
  };
  const send = () => fire(page.byId("line-form"), "submit");
  return { page, talk, said, type, send, fate: () => page.byId("line-fate").textContent };
}

test("a line goes to the host, and the page says whether the host was shown it", () => {
  const { page, talk, said, type, send, fate } = scene();
  assert.deepEqual([fate(), page.byId("line").readOnly], ["You are not connected.", true]);
  talk.show(YOU);
  type("line", "  hello ");
  send();
  send();
  assert.deepEqual(said, [["line", "hello"]], "one at a time");
  talk.show({ ...YOU, took: 1 });
  assert.deepEqual([fate(), page.byId("line").value], ["The host was shown your line.", ""]);
  type("line", "again");
  send();
  talk.show({ ...YOU, took: 1 });
  assert.match(fate(), /^Not shown/u);
  assert.equal(page.byId("line").value, "again", "to be sent again");
  send();
  mock.timers.tick(5_000);
  assert.match(fate(), /may not have been shown/u);
});

test("a connection that breaks leaves the line in the field and says so", () => {
  const { page, talk, type, send, fate } = scene();
  talk.show(YOU);
  type("line", "hello");
  send();
  talk.disconnected();
  assert.deepEqual([page.byId("line").value, fate()], ["hello", "You are not connected."]);
  talk.show(YOU);
  assert.match(fate(), /Send it again/u);
});

test("the hand follows what the host says, not what was clicked", () => {
  const { page, talk, said } = scene();
  const hand = page.byId("tool-hand");
  const look = () => [hand.getAttribute("aria-pressed"), hand.getAttribute("aria-label"), page.root.dataset.hand];
  talk.show(YOU);
  fire(hand, "click");
  assert.deepEqual([said, look()], [[["hand", true]], ["false", "Raise your hand (h)", "down"]]);
  talk.show({ ...YOU, hand: true });
  assert.deepEqual(look(), ["true", "Take your hand down (h)", "up"]);
  talk.toggleHand();
  assert.deepEqual(said.at(-1), ["hand", false]);
});

test("where the host takes no hands and lines, nothing is sent and the page says why", () => {
  const { page, talk, said, type, send, fate } = scene();
  talk.show({ ...YOU, speaks: false });
  type("line", "hello");
  send();
  talk.toggleHand();
  assert.deepEqual([said, fate(), page.byId("tool-hand").getAttribute("aria-disabled")], [[], "The host takes no hands and lines now.", "true"]);
});

test("a name is sent, kept for the next visit, and sent again to a host that has forgotten it", () => {
  const { page, talk, said } = scene();
  talk.show(YOU);
  assert.deepEqual(said, []);
  page.byId("name").value = " Ada ";
  fire(page.byId("name"), "change");
  fire(page.byId("name-form"), "submit");
  talk.show({ ...YOU, name: "Ada" });
  assert.deepEqual([said[0], page.local.getItem("samescreen.name")], [["name", "Ada"], "Ada"]);
  talk.disconnected();
  talk.show(YOU);
  assert.deepEqual(said.at(-1), ["name", "Ada"]);
  const next = scene({ name: "Ada" });
  next.talk.show(YOU);
  assert.deepEqual(next.said, [["name", "Ada"]]);
});

test("the last characters are counted, in the plural and the singular", () => {
  const { page, talk, type } = scene();
  talk.show(YOU);
  for (const [length, words] of [[200, ""], [298, "2 characters left"], [299, "1 character left"], [300, "0 characters left"]]) {
    type("line", "x".repeat(Number(length)));
    assert.equal(page.byId("line-left").textContent, words);
  }
});

test("addresses in a line become links, and nothing else does", () => {
  const hrefs = (/** @type {string} */ text) => {
    const parts = partsOf(text);
    assert.equal(parts.map((part) => part.text).join(""), text);
    return parts.filter(({ href }) => href !== null).map(({ text: words }) => words);
  };
  assert.deepEqual(hrefs("see https://a.example/x?y=1, and (http://b.example)."), ["https://a.example/x?y=1", "http://b.example"]);
  assert.deepEqual(hrefs("请看https://a.example/路。然后"), ["https://a.example/路"]);
  for (const text of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://", "https:// x", "HTTP", "", "mailto:a@b.c"])
    assert.deepEqual(hrefs(text), [], text);
  assert.deepEqual(hrefs("HTTPS://A.example"), ["HTTPS://A.example"]);
});

test("a line of the host stands above the picture for a while, is read out once, and stays in the list", async () => {
  const page = installPage();
  const lines = new HostLines(new Texts("en"));
  const toast = page.byId("host-line");
  assert.ok(toast.hidden && !page.byId("host-lines-none").hidden);
  lines.show({ text: "go to https://a.example", to_you: false });
  assert.ok(!toast.hidden);
  assert.equal(page.byId("host-line-said").textContent, "The host, to everybody: go to https://a.example");
  const link = page.byId("host-line-text").children[1];
  assert.deepEqual([link.href, link.target, link.rel], ["https://a.example/", "_blank", "noopener noreferrer"]);
  fire(toast, "pointerenter");
  mock.timers.tick(60_000);
  assert.ok(!toast.hidden, "somebody reads it");
  fire(toast, "pointerleave");
  mock.timers.tick(20_000);
  assert.ok(toast.hidden);
  lines.show({ text: "second", to_you: true });
  assert.deepEqual(page.byId("host-lines").children.length, 2);
  lines.seen();
  assert.ok(toast.hidden);
  for (let n = 0; n < 30; n += 1) lines.show({ text: `line ${n}`, to_you: false });
  assert.equal(page.byId("host-lines").children.length, 20);
});

test("copying works where browsers have no clipboard for pages, and says when it did not", async () => {
  const page = installPage();
  const lines = new HostLines(new Texts("en"));
  lines.show({ text: "words", to_you: true });
  const button = page.byId("host-line-copy");
  for (const [works, words] of /** @type {const} */ ([[true, "Copied"], [false, "Not copied"]])) {
    /** @type {any} */ (page.document).execCommand = () => works;
    fire(button, "click");
    await settled();
    assert.equal(button.textContent, words);
  }
  mock.timers.tick(2_000);
  assert.equal(button.textContent, "Copy");
});
