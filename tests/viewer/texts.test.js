// @ts-check
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { NO_WEBSOCKET, silence, troubleOf } from "../../src/samescreen/viewer/app/cause.js";
import { chosenLanguage, languageOf } from "../../src/samescreen/viewer/app/language.js";
import { TEXTS } from "../../src/samescreen/viewer/app/texts.js";
import { NOTHING_KNOWN, shownOf } from "../../src/samescreen/viewer/state.js";

const viewer = new URL("../../src/samescreen/viewer/", import.meta.url);

test("both languages say the same things, with the same blanks", () => {
  const keys = Object.keys(TEXTS.en).filter((key) => !key.endsWith(".one")); // Chinese has no plural
  assert.deepEqual(Object.keys(TEXTS.zh), keys);
  for (const [key, text] of Object.entries(TEXTS.en)) {
    if (key.endsWith(".one")) continue;
    const translated = TEXTS.zh[/** @type {keyof typeof TEXTS.zh} */ (key)];
    assert.ok(translated.length > 0, key);
    assert.ok(!translated.includes("你"), `${key}: every page says 您`);
    assert.equal(translated.includes("{n}"), text.includes("{n}"), key);
  }
});

test("every text named in the page exists", () => {
  const html = ["index.html", "show.html"].map((name) => readFileSync(new URL(name, viewer), "utf8")).join();
  for (const [, key] of html.matchAll(/data-(?:text|label)="([^"]+)"/gu)) assert.ok(Object.hasOwn(TEXTS.en, key), key);
});

test("every text is used", () => {
  const files = [
    "index.html",
    "show.html",
    ...["app", "app/room"].flatMap((folder) =>
      readdirSync(new URL(`${folder}/`, viewer))
        .filter((name) => name.endsWith(".js") && name !== "texts.js")
        .map((name) => `${folder}/${name}`),
    ),
  ];
  const sources =
    files.map((name) => readFileSync(new URL(name, viewer), "utf8")).join("\n") +
    readFileSync(new URL("state.js", viewer), "utf8");
  const built = /\.(?:title|text)$/u; // StatusCard puts these together from the reason
  for (const key of Object.keys(TEXTS.en)) assert.ok(built.test(key) || sources.includes(`"${key.replace(/\.one$/u, "")}"`), key);
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
        for (const bye of [null, "stopping", "full", "stalled", "version", "protocol", "expired", "forbidden", "put-out"])
          for (const status of statuses)
            for (const painted of [true, false])
              for (const [wasHidden, stuck] of [[true, false], [false, false], [false, true]])
                for (const [failure, seal] of [
                  ...[null, "decode", "missing", "version", "protocol", "forbidden", "put-out"].map((each) => [each, null]),
                  ...["missing", "insecure", "clear", "wrong", "changed"].map((each) => [null, each]),
                ]) {
                  const facts = /** @type {import("../../src/samescreen/viewer/state.js").Facts} */ ({
                    socket,
                    welcomed,
                    everWelcomed,
                    bye,
                    failureDetail: "",
                    status,
                    stuck,
                    painted,
                    wasHidden,
                    failure,
                    seal,
                    retryAtMs: 1,
                  });
                  const shown = shownOf(facts);
                  if (shown.state !== "live")
                    for (const part of ["title", "text"])
                      assert.ok(Object.hasOwn(TEXTS.en, `${shown.reason}.${part}`), `${shown.reason}.${part}`);
                }
});

test("every trouble has words: each cause of the host, each status of something in between, silence", () => {
  const python = readFileSync(new URL("../serve/refusals.py", viewer), "utf8");
  const causes = [...python.matchAll(/cause="([a-z-]+)"|\d{3}: "([a-z-]+)"|, "?cause, line = "([a-z-]+)"/gu)].map((found) => found[1] ?? found[2]);
  assert.ok(causes.length > 8, "they are found");
  const seen = [null, ...causes, "origin", "origin-scheme", "locked", "held", "something-new"].flatMap((cause) =>
    [200, 302, 400, 401, 403, 404, 405, 407, 413, 426, 500, 502, 503, 504].map((status) => ({ status, cause, text: "Why.\nMore." })),
  );
  const troubles = seen.map((each) => troubleOf(each, "https://share.example.org/screen/?a=b"));
  for (const { reason, detail, lines } of [...troubles, silence(true), silence(false), NO_WEBSOCKET]) {
    for (const part of ["title", "text"]) assert.ok(Object.hasOwn(TEXTS.en, `${reason}.${part}`), `${reason}.${part}`);
    assert.doesNotMatch(detail + lines.join(""), /undefined/u);
  }
});

test("the line for the proxy is the one that it lacks", () => {
  const lines = (/** @type {string|null} */ cause, status = 403, page = "https://share.example.org/screen/") =>
    troubleOf({ status, cause, text: "" }, page).lines;
  assert.deepEqual(lines("origin"), ["proxy_set_header Host $http_host;"]);
  assert.deepEqual(lines("origin-scheme"), ["proxy_set_header X-Forwarded-Proto $scheme;"]);
  assert.deepEqual(lines("host-name"), ["samescreen --allow-host share.example.org"]);
  assert.deepEqual(lines(null, 404), ["location /screen/ { proxy_pass http://127.0.0.1:9000; }", "samescreen --base-path /screen"]);
  assert.deepEqual(lines("base-path", 404, "http://h/"), ["location / { proxy_pass http://127.0.0.1:9000; }"]);
  assert.deepEqual(lines(null, 502), []);
  assert.equal(NO_WEBSOCKET.lines.length, 3);
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
  assert.equal(languageOf(["fr-FR", "zh", "en"]), "zh");
  assert.equal(languageOf(["de", "en-GB"]), "en");
  assert.equal(languageOf([]), "en");
  assert.equal(languageOf(["toString"]), "en");
});

test("who reads Traditional Chinese gets Simplified only when asking for it", () => {
  for (const tag of ["zh-TW", "zh-HK", "zh-MO", "zh-Hant", "zh-hant-CN", "ZH-tw", "zh-Hant-TW"]) {
    assert.equal(languageOf([tag]), "en", tag);
    assert.equal(languageOf([tag, "zh", "en-US", "en"]), "en", `${tag}, and what browsers add to it`);
    assert.equal(languageOf([tag, "zh-CN", "en"]), "zh", `${tag}, then Simplified by name`);
    assert.equal(chosenLanguage(tag, null, ["en"]), "en", `?lang=${tag}`);
    assert.equal(chosenLanguage("zh", null, [tag]), "zh");
    assert.equal(chosenLanguage(null, "zh", [tag]), "zh");
  }
  for (const tag of ["zh", "zh-CN", "zh-SG", "zh-Hans", "zh-Hans-HK", "zh-Hans-TW"]) assert.equal(languageOf([tag]), "zh", tag);
});

test("the address counts for more than memory, memory for more than the browser, and nonsense for nothing", () => {
  assert.equal(chosenLanguage("zh-CN", "en", ["en"]), "zh");
  assert.equal(chosenLanguage("en", "zh", ["zh"]), "en");
  assert.equal(chosenLanguage("toString", "zh", ["en"]), "zh");
  assert.equal(chosenLanguage("", "", ["de", "zh"]), "zh");
  assert.equal(chosenLanguage(null, null, []), "en");
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
  for (const reason of ["nothing-shared", "no-picture"]) {
    const waiting = of({ socket: "open", welcomed: true, status: { ...status, state: "waiting", reason } });
    assert.deepEqual([waiting.state, waiting.reason], ["waiting", reason]);
  }
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
