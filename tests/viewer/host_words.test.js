// @ts-check
// The words of the host's page: two complete catalogues, none of them unused, and the sentences that facts.js builds of them.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import * as facts from "../../src/samescreen/viewer/host/facts.js";
import { HOST_TEXTS, HostTexts } from "../../src/samescreen/viewer/host/words.js";
import { TEXTS } from "../../src/samescreen/viewer/app/texts.js";

const viewer = new URL("../../src/samescreen/viewer/", import.meta.url);
const english = new HostTexts("en");
const chinese = new HostTexts("zh");
const blanks = (/** @type {string} */ text) => [...text.matchAll(/\{\w+\}/gu)].map(([blank]) => blank).sort();

test("both languages say the same things, with the same blanks", () => {
  assert.deepEqual(Object.keys(HOST_TEXTS.zh), Object.keys(HOST_TEXTS.en));
  for (const [key, text] of Object.entries(HOST_TEXTS.en)) {
    const translated = HOST_TEXTS.zh[/** @type {keyof typeof HOST_TEXTS.en} */ (key)];
    assert.ok(translated.length > 0, key);
    assert.ok(!translated.includes("你"), `${key}: every page says 您`);
    const isSingular = key.endsWith(".one"); // English writes "1" itself
    assert.deepEqual(isSingular ? [] : blanks(translated), isSingular ? [] : blanks(text), key);
  }
});

test("no key is one of the viewer's page too", () => {
  assert.deepEqual(Object.keys(HOST_TEXTS.en).filter((key) => Object.hasOwn(TEXTS.en, key)), []);
});

test("every text named in the page exists", () => {
  const html = readFileSync(new URL("host.html", viewer), "utf8");
  for (const [, key] of html.matchAll(/data-(?:text|label)="([^"]+)"/gu))
    assert.ok(Object.hasOwn(HOST_TEXTS.en, key) || Object.hasOwn(TEXTS.en, key), key);
});

test("every text is used", () => {
  const modules = readdirSync(new URL("host/", viewer)).filter((name) => name.endsWith(".js") && !name.startsWith("words_"));
  const sources = ["host.html", ...modules.map((name) => `host/${name}`)].map((name) => readFileSync(new URL(name, viewer), "utf8")).join("\n");
  // These are put together from what the host names: an act, a grant, a switch, a state.
  const built = /^(?:act|actor|grant|picture|slowed|state|switch)\.|\.(?:one|many)$/u;
  for (const key of Object.keys(HOST_TEXTS.en)) assert.ok(built.test(key) || sources.includes(`"${key}"`), `unused: ${key}`);
});

test("every act of the host's code has words", () => {
  const serve = new URL("../serve/", viewer);
  const python = readdirSync(serve).filter((name) => name.endsWith(".py")).map((name) => readFileSync(new URL(name, serve), "utf8")).join("\n");
  const calls = [...python.matchAll(/(?:_did|acts\.did)\((?:actor, |address, )?((?:"[\w-]+"(?: if is_\w+ else )?)+)/gu)];
  const kinds = calls.flatMap(([, said]) => [...said.matchAll(/"([\w-]+)"/gu)].map(([, kind]) => kind));
  assert.ok(kinds.length > 15, kinds.join());
  for (const kind of kinds) assert.ok(english.has(`act.${kind}`), kind);
});

/** @type {import("../../src/samescreen/viewer/host/facts.js").Watching} */
const WATCHING = { viewer: "v", rendition: "main", hidden: false, limit: "network", rtt_us: 1, report: { fps: 29.7, latency_us: 45_400 } };

test("how a picture goes, in words", () => {
  assert.equal(facts.pictureWords(english, WATCHING), "30 fps · 45 ms behind · full picture · limited by the network");
  assert.equal(facts.pictureWords(english, { ...WATCHING, limit: "none", report: { fps: 0, latency_us: 0 } }), "picture at rest · full picture");
  assert.equal(facts.pictureWords(english, { ...WATCHING, hidden: true }), "tab hidden");
  assert.equal(facts.pictureWords(chinese, { ...WATCHING, rendition: "low" }), "30 帧/秒 · 延迟 45 毫秒 · 小画面 · 受网络限制");
  assert.equal(facts.pictureWords(english, { ...WATCHING, limit: "moon", rendition: "x" }), "30 fps · 45 ms behind · moon", "of a later host");
});

test("a link in words, with its end and its uses", () => {
  const link = { link: "a", name: "", grants: ["watch", "talk"], may_ask: [], expires_s: null, uses_left: 1 };
  assert.equal(facts.linkWords(english, link, [], 0), "watch, talk · for 1 more person");
  assert.equal(facts.linkWords(chinese, { ...link, uses_left: 3 }, [], 0), "观看、讲话 · 还可供 3 人使用");
  assert.match(facts.linkWords(english, { ...link, expires_s: 1_800_000_000, uses_left: null }, [], 0), /until .*2027/u);
  const asks = { ...link, uses_left: null, may_ask: ["watch", "control", "publish"] };
  assert.equal(facts.linkWords(english, asks, ["control", "watch"], 0), "watch, talk · may ask for: control", "what it gives and what nobody can be given are left out");
  assert.equal(facts.linkWords(chinese, asks, [], 0), "观看、讲话");
  assert.equal(facts.linkName(english, ""), "link without a name");
  assert.equal(facts.linkName(chinese, "viewer link"), "观看链接");
  assert.equal(facts.linkName(english, "Anna's"), "Anna's");
  assert.equal(facts.linkName(chinese, "show me your screen"), "让我看您的屏幕");
  assert.equal(facts.linkName(english, "relay"), "on the relay");
  assert.equal(facts.linkWords(english, { ...link, uses_left: 0 }, [], 0), "watch, talk · used up");
});

test("an act says to whom it was done, and one that this page does not know is shown as it is", () => {
  const act = { act: 1, at_s: 0, actor: "terminal", kind: "put-out", about: { person: "p", address: "10.0.0.9" } };
  assert.equal(facts.actWords(english, act), "put out 10.0.0.9");
  assert.equal(facts.actWords(english, { ...act, kind: "sing" }), "sing 10.0.0.9");
  const given = { ...act, kind: "give", about: { person: "p", name: "Anna", address: "10.0.0.9", grants: "control point" } };
  assert.equal(facts.actWords(english, given), "said yes to Anna, who asked for: control, point");
  assert.equal(facts.actWords(chinese, { ...given, kind: "refuse" }), "拒绝了 Anna 的请求：控制、指点");
  assert.equal(facts.actorWords(chinese, "terminal"), "终端");
  assert.equal(facts.actorWords(chinese, "10.0.0.2"), "10.0.0.2");
});

test("a preview without a picture says whether the host has paused or blanked it", () => {
  const words = ["host-paused", "blanked", "source-lost"].map((reason) => facts.noPictureWords(english, reason));
  assert.deepEqual(words, ["paused", "blanked", "No picture now."]);
});

test("the file that is being written has no size yet, a finished one its length too", () => {
  const file = { name: "a.mp4", size_bytes: 52_000, modified_s: 1_800_000_000, seconds: 64, is_growing: false };
  assert.match(facts.fileWords(english, file, 0), /2027.* · 1:04 · 52 kB$/u);
  assert.equal(facts.fileWords(english, { ...file, size_bytes: 0, seconds: null, is_growing: true }, 0), "recording now");
});

test("a blank takes a text with any characters", () => {
  assert.equal(english.of("act.share", "$& {n}"), "shared $& {n}");
  assert.equal(english.of("door.by", { address: "10.0.0.9", link: "viewer link" }), "10.0.0.9, by viewer link");
});

test("a link is handed out with an address that others reach", () => {
  const urls = ["http://10.0.0.5:9000/", "http://localhost:9000/"];
  assert.equal(facts.baseFor("http://localhost:9000/host", urls), "http://10.0.0.5:9000/");
  assert.equal(facts.baseFor("http://10.0.0.7:9000/screen/host?lang=zh", urls), "http://10.0.0.7:9000/screen/");
  assert.equal(facts.baseFor("https://share.example.org/screen/host", []), "https://share.example.org/screen/");
  assert.equal(facts.baseFor("http://localhost:9000/host", ["http://localhost:9000/"]), "http://localhost:9000/");
});
