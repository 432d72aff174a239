// @ts-check
// Phone keyboards, by the events that they send, in order; and the modifiers of the key bar.
import assert from "node:assert/strict";
import { test } from "node:test";

import { KeyBar } from "../../src/samescreen/viewer/app/key_bar.js";
import { PLACES } from "../../src/samescreen/viewer/control/places.js";
import { ScreenKeys } from "../../src/samescreen/viewer/control/screen_keys.js";
import { Sticky } from "../../src/samescreen/viewer/control/sticky.js";
import { FILLER, Typing } from "../../src/samescreen/viewer/control/typing.js";
import { MODS } from "../../src/samescreen/viewer/control/wire.js";
import { fire, installPage } from "./fakes/page.js";

/** A field and the editor of the host, which does what it is sent. @param {string[]} [languages] */
function phone(languages = ["en-US"]) {
  const field = { value: "", inputMode: "", setSelectionRange() {} };
  const host = { text: "", log: /** @type {string[]} */ ([]) };
  const typing = new Typing(field, {
    type: (text) => {
      host.text += text;
      host.log.push(text);
    },
    tap: (name) => {
      host.text = name === "Enter" ? `${host.text}\n` : [...host.text].slice(0, -1).join("");
      host.log.push(`<${name}>`);
    },
  }, languages);
  typing.open(true);
  /** What the keyboard shows as written; "+" before it: it is still composing. @param {string[]} shown */
  const shows = (...shown) => {
    for (const each of shown) {
      const isComposing = each.startsWith("+");
      field.value = base + each.replace(/^\+/u, "");
      typing.changed({ isComposing });
    }
  };
  let base = FILLER;
  return { field, host, typing, shows, erase: (/** @type {number} */ count) => { base = base.slice(0, -count); field.value = base; typing.changed({}); } };
}

test("Gboard: letters of a word come as it is composed, its correction too", () => {
  const { host, shows, typing } = phone();
  // "teh" and a space: insertCompositionText for each letter, then insertText with the corrected word.
  shows("+t", "+te", "+teh");
  assert.equal(host.text, "teh", "at once, not with the space");
  typing.composed();
  shows("the ");
  assert.equal(host.text, "the ");
  assert.deepEqual(host.log, ["t", "e", "h", "<Backspace>", "<Backspace>", "he "]);
});

test("Gboard: a suggestion replaces the word, and a swiped word comes whole", () => {
  const { host, shows } = phone();
  shows("+h", "+he");
  shows("hello ");
  shows("+hello world");
  assert.equal(host.text, "hello world");
});

test("Samsung: one composition goes on over spaces without an end", () => {
  const { host, shows } = phone();
  shows("+l", "+ls", "+ls ", "+ls -", "+ls -l", "+ls -");
  assert.equal(host.text, "ls -");
  assert.ok(host.log.includes("<Backspace>"));
});

test("a backspace that only the field shows, within a word and before all words", () => {
  const { host, shows, erase } = phone();
  host.text = "older";
  shows("ab", "a");
  assert.equal(host.text, "oldera");
  shows("");
  erase(1); // deleteContentBackward of what was there before the keyboard opened
  erase(1);
  assert.equal(host.text, "old");
});

test("a backspace that is held goes on for ever: the field is filled again", () => {
  const { host, field, typing } = phone();
  for (let count = 0; count < 500; count += 1) {
    field.value = field.value.slice(0, -1);
    typing.changed({});
  }
  assert.equal(host.log.filter((each) => each === "<Backspace>").length, 500);
  assert.ok(field.value.length > 0);
});

test("Enter that comes as a line break of the field, after the word before it", () => {
  const { host, shows } = phone();
  shows("+dir", "dir\n"); // insertLineBreak or insertParagraph
  shows("dir\nx");
  assert.deepEqual(host.log, ["dir", "<Enter>", "x"]);
});

test("a letter in the middle of the field comes out right although the host writes at the end", () => {
  const { host, shows } = phone();
  shows("abd", "abcd");
  assert.equal(host.text, "abcd");
});

test("emoji and marks are erased whole", () => {
  const { host, shows } = phone();
  shows("a👍🏽", "a");
  assert.deepEqual(host.log, ["a👍🏽", "<Backspace>"]);
  shows("a😀", "a😁");
  assert.deepEqual(host.log.slice(2), ["😀", "<Backspace>", "😁"]);
});

test("Pinyin, kana and Hangul come when they are whole", () => {
  const chinese = phone(["zh-CN", "en"]);
  chinese.shows("+n", "+ni", "+ni hao", "+你好");
  assert.equal(chinese.host.text, "");
  chinese.typing.composed();
  chinese.shows("你好");
  assert.deepEqual(chinese.host.log, ["你好"], "once, although two events say so");
  const korean = phone();
  korean.shows("+ㅎ", "+하", "+한");
  assert.equal(korean.host.text, "");
  korean.shows("한");
  assert.deepEqual(korean.host.log, ["한"]);
});

test("a keyboard that turns out to convert letters is an input method from then on", () => {
  const { host, shows, typing } = phone();
  shows("+n", "+ni", "+你");
  typing.composed();
  assert.equal(host.text, "你", "what was sent is taken back");
  host.log.splice(0);
  shows("+你h", "+你hao", "你好");
  assert.deepEqual(host.log, ["好"]);
});

test("closed, the field is for input methods alone and is empty after each text", () => {
  const { host, field, typing } = phone();
  typing.open(false);
  assert.equal(field.value, "");
  field.value = "ni";
  typing.changed({ isComposing: true });
  assert.equal(host.text, "");
  field.value = "你";
  typing.composed();
  typing.changed({});
  assert.deepEqual([host.log, field.value], [["你"], ""]);
});

// --- modifiers of the key bar

const keys = (/** @type {any[]} */ events) => events.map(({ code, is_down: isDown }) => [Object.keys(PLACES).find((name) => PLACES[name] === code), isDown]);
const CTRL_C = [["ControlLeft", true], ["KeyC", true], ["KeyC", false], ["ControlLeft", false]];

test("a modifier counts for one key; tapped twice it is held until it is tapped again", () => {
  const sticky = new Sticky();
  assert.deepEqual([sticky.tap("ctrl"), sticky.down], [[], []], "nothing is down while it waits");
  const chord = /** @type {any[]} */ (sticky.chord("c"));
  assert.deepEqual(keys(chord), CTRL_C);
  assert.deepEqual([chord[1].mods, chord[1].char], [MODS.ctrl, "c"]);
  assert.equal(sticky.chord("c"), null, "it counted once");
  sticky.tap("alt");
  assert.deepEqual(keys(sticky.tap("alt")), [["AltLeft", true]]);
  assert.deepEqual(sticky.down, [PLACES.AltLeft]);
  for (let count = 0; count < 2; count += 1) assert.deepEqual(keys(sticky.around(PLACES.Tab)), [["Tab", true], ["Tab", false]]);
  assert.deepEqual(keys(sticky.tap("alt")), [["AltLeft", false]]);
  assert.deepEqual([sticky.down, sticky.isOn], [[], false]);
});

test("two modifiers, a capital, and a character that no key has", () => {
  const sticky = new Sticky();
  sticky.tap("ctrl");
  sticky.tap("shift");
  const [, , down] = /** @type {any[]} */ (sticky.chord("T"));
  assert.deepEqual([down.code, down.mods, down.char], [PLACES.KeyT, MODS.ctrl | MODS.shift, "T"]);
  sticky.tap("ctrl");
  assert.equal(sticky.chord("ü"), null);
  assert.equal(sticky.chord("word"), null, "a whole word is no shortcut");
});

function screenKeys() {
  const page = installPage();
  /** @type {any[]} */ const sent = [];
  const aborter = new AbortController();
  const made = new ScreenKeys((events) => void sent.push(...events), () => {}, aborter.signal);
  const [field] = page.document.body.children;
  return { page, made, field, take: () => sent.splice(0) };
}

test("Samsung: Ctrl of the bar and a composed c are Ctrl+C, and nothing is written", () => {
  const { made, field, take } = screenKeys();
  made.open(true);
  assert.deepEqual([/** @type {any} */ (field).inputMode, field.isFocused], ["text", true]);
  made.tapModifier("ctrl");
  field.value += "c";
  fire(field, "input", { isComposing: true });
  assert.deepEqual(keys(take()), CTRL_C);
  assert.equal(field.value, FILLER);
  fire(field, "compositionend");
  fire(field, "input", { isComposing: false });
  assert.deepEqual(take(), []);
});

test("an arrow of the bar is down while a finger is on it, with the modifiers that wait", () => {
  const { made, take } = screenKeys();
  made.tapModifier("shift");
  made.press("ArrowLeft", true);
  assert.deepEqual(made.down, [PLACES.ShiftLeft, PLACES.ArrowLeft]);
  made.press("ArrowLeft", true);
  made.press("ArrowLeft", false);
  assert.deepEqual(made.down, []);
  assert.deepEqual(keys(take()), [["ShiftLeft", true], ["ArrowLeft", true], ["ArrowLeft", false], ["ShiftLeft", false]]);
});

test("after a click elsewhere the field has nothing that a correction could reach", () => {
  const { made, field, take } = screenKeys();
  made.open(true);
  field.value += "teh";
  fire(field, "input", { isComposing: false });
  made.elsewhere();
  take();
  field.value += "x";
  fire(field, "input", { isComposing: false });
  assert.deepEqual(take(), [{ kind: "text", text: "x" }]);
});

// --- the bar

test("the bar is there for fingers while they act, with names for its keys", () => {
  const page = installPage();
  const onTools = () => {};
  const bar = new KeyBar(onTools);
  const hands = /** @type {any} */ ({ isTrackpad: false, screenKeys: { holdOf: () => "off", tapModifier() {}, press() {}, open() {} } });
  const isShown = () => !page.byId("key-bar").hidden;
  bar.follow(hands);
  assert.equal(isShown(), false, "a mouse needs none");
  fire(page.window, "pointerdown", { pointerType: "touch" });
  assert.equal(isShown(), true);
  bar.follow(null);
  assert.equal(isShown(), false);
  assert.ok(page.byId("bar-keys").children.length > 8);
});

test("the trackpad is remembered, and the keyboard's button says whether it is open", () => {
  const page = installPage();
  const bar = new KeyBar(() => {});
  /** @type {boolean[]} */ const opened = [];
  const hands = /** @type {any} */ ({ isTrackpad: false, screenKeys: { holdOf: () => "off", open: (/** @type {boolean} */ isOpen) => opened.push(isOpen) } });
  bar.follow(hands);
  fire(page.byId("bar-trackpad"), "click");
  assert.equal(hands.isTrackpad, true);
  for (let count = 0; count < 2; count += 1) fire(page.byId("bar-keyboard"), "click");
  assert.deepEqual(opened, [true, false]);
  const later = { ...hands, isTrackpad: false };
  new KeyBar(() => {}).follow(later);
  assert.equal(later.isTrackpad, true);
});
