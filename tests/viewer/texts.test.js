// @ts-check
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { TEXTS, languageOf } from "../../src/samescreen/viewer/app/texts.js";
import { NOTHING_KNOWN, shownOf } from "../../src/samescreen/viewer/state.js";

const viewer = new URL("../../src/samescreen/viewer/", import.meta.url);

test("both languages say the same things, with the same blanks", () => {
  assert.deepEqual(Object.keys(TEXTS.zh), Object.keys(TEXTS.en));
  for (const [key, text] of Object.entries(TEXTS.en)) {
    const translated = TEXTS.zh[/** @type {keyof typeof TEXTS.en} */ (key)];
    assert.ok(translated.length > 0, key);
    assert.equal(translated.includes("{n}"), text.includes("{n}"), key);
  }
});

test("every text named in the page exists", () => {
  const html = readFileSync(new URL("index.html", viewer), "utf8");
  for (const [, key] of html.matchAll(/data-(?:text|label)="([^"]+)"/gu)) assert.ok(Object.hasOwn(TEXTS.en, key), key);
});

test("every text is used", () => {
  const files = [
    "index.html",
    ...readdirSync(new URL("app/", viewer))
      .filter((name) => name.endsWith(".js") && name !== "texts.js")
      .map((name) => `app/${name}`),
  ];
  const sources =
    files.map((name) => readFileSync(new URL(name, viewer), "utf8")).join("\n") +
    readFileSync(new URL("state.js", viewer), "utf8");
  const built = /\.(?:title|text)$/u; // StatusCard puts these together from the reason
  for (const key of Object.keys(TEXTS.en)) assert.ok(built.test(key) || sources.includes(`"${key}"`), key);
});

test("every state the receiver can be in has words", () => {
  const statuses = [
    null,
    ...["live", "waiting", "lost", "failed"].map((state) => ({
      type: "status",
      stream: "s",
      state,
      reason: "source-lost",
      detail: "x",
    })),
    { type: "status", stream: "s", state: "failed", reason: "encoder-failed", detail: "" },
  ];
  for (const socket of ["connecting", "open", "waiting"])
    for (const welcomed of [true, false])
      for (const everWelcomed of [true, false])
        for (const bye of [null, "stopping", "full", "stalled", "version", "protocol"])
          for (const status of statuses)
            for (const painted of [true, false])
              for (const [wasHidden, stuck] of [[true, false], [false, false], [false, true]])
                for (const failure of [null, "decode", "version", "protocol"]) {
                  const facts = /** @type {import("../../src/samescreen/viewer/state.js").Facts} */ ({
                    socket,
                    welcomed,
                    everWelcomed,
                    bye,
                    status,
                    stuck,
                    painted,
                    wasHidden,
                    failure,
                    retryAtMs: 1,
                  });
                  const shown = shownOf(facts);
                  if (shown.state !== "live")
                    for (const part of ["title", "text"])
                      assert.ok(Object.hasOwn(TEXTS.en, `${shown.reason}.${part}`), `${shown.reason}.${part}`);
                }
});

test("no foreign text ever becomes HTML", () => {
  for (const name of readdirSync(viewer, { recursive: true })) {
    if (!String(name).endsWith(".js") || String(name).startsWith("vendor")) continue;
    assert.doesNotMatch(
      readFileSync(new URL(String(name), viewer), "utf8"),
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write/u,
      String(name),
    );
  }
});

test("the page runs under its content security policy: nothing inline, nothing from elsewhere", () => {
  const html = readFileSync(new URL("index.html", viewer), "utf8");
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|\sstyle=|<style|\son[a-z]+=|https?:\/\//u);
});

test("the reader's languages in their order", () => {
  assert.equal(languageOf(["zh-CN", "en"]), "zh");
  assert.equal(languageOf(["fr-FR", "zh-TW", "en"]), "zh");
  assert.equal(languageOf(["de", "en-GB"]), "en");
  assert.equal(languageOf([]), "en");
  assert.equal(languageOf(["toString"]), "en");
});

test("state: the life of a connection", () => {
  const status = /** @type {import("../../src/samescreen/viewer/wire.js").Status} */ ({
    type: "status",
    stream: "s",
    state: "live",
    reason: "live",
    detail: "",
  });
  const of = (/** @type {Partial<import("../../src/samescreen/viewer/state.js").Facts>} */ news) =>
    shownOf({ ...NOTHING_KNOWN, ...news });
  assert.equal(of({}).state, "connecting");
  assert.equal(of({ socket: "open", welcomed: true, status }).state, "waiting");
  assert.equal(of({ socket: "open", welcomed: true, status, painted: true }).state, "live");
  assert.equal(of({ socket: "open", welcomed: true, status, wasHidden: true }).reason, "paused");
  assert.equal(
    of({ socket: "open", welcomed: true, painted: true, status: { ...status, state: "lost", detail: "gone" } }).detail,
    "gone",
  );
  assert.deepEqual(of({ socket: "waiting", everWelcomed: true, retryAtMs: 5 }), {
    state: "reconnecting",
    reason: "reconnecting",
    detail: "",
    retryAtMs: 5,
  });
  assert.equal(of({ socket: "waiting", everWelcomed: true, bye: "stopping" }).state, "stopped");
  assert.equal(of({ socket: "waiting" }).reason, "unreachable");
  assert.equal(of({ socket: "waiting", bye: "full", retryAtMs: 5 }).reason, "full");
  assert.equal(of({ socket: "open", welcomed: true, status, painted: true, stuck: true }).reason, "stuck");
  assert.equal(of({ failure: "decode", socket: "open", welcomed: true }).state, "failed");
});
