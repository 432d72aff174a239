// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { goSecure, secureUrl } from "../../src/samescreen/viewer/app/secure.js";
import { linkToken } from "../../src/samescreen/viewer/app/token.js";
import { installPage } from "./fakes/page.js";

const viewer = new URL("../../src/samescreen/viewer/", import.meta.url);

test("the same page through https: port, path and query stay, the token comes along", () => {
  assert.equal(secureUrl("http://lan.test:9000/", null), "https://lan.test:9000/");
  assert.equal(secureUrl("http://lan.test:9000/", "a-b_c.~"), "https://lan.test:9000/#token=a-b_c.~");
  assert.equal(
    secureUrl("http://192.168.1.5:9000/screen/?decoder=wasm#old", "t"),
    "https://192.168.1.5:9000/screen/?decoder=wasm#token=t",
  );
  assert.equal(secureUrl("http://[fd00::7]:9000/", "t"), "https://[fd00::7]:9000/#token=t");
});

test("a ticket comes along, so that the page goes on as the same person; without one the link does", async () => {
  const gone = async (/** @type {Response|null} */ answer, /** @type {any} */ lease) => {
    const page = installPage({ href: "http://host:9000/" });
    globalThis.fetch = /** @type {any} */ (async () => answer ?? Promise.reject(new TypeError("none")));
    await goSecure(lease);
    return page.location.assign.mock.calls[0].arguments[0];
  };
  const ticket = () => new Response('{"token":"once"}');
  assert.equal(await gone(ticket(), { token: "t", pass: null }), "https://host:9000/#token=h~once~t");
  assert.equal(await gone(ticket(), { token: null, pass: "p" }), "https://host:9000/#token=h~once~");
  assert.equal(await gone(new Response("no", { status: 403 }), { token: "t", pass: null }), "https://host:9000/#token=t");
  assert.equal(await gone(null, { token: null, pass: null }), "https://host:9000/");
});

test("the page keeps the link, never the ticket", () => {
  assert.deepEqual(["t", "h~once~t", "h~once~a~b", "h~once~"].map(linkToken), ["t", "t", "a~b", null]);
});

test("on port 80 it stays on port 80", () => {
  assert.equal(secureUrl("http://lan.test/", "t"), "https://lan.test:80/#token=t");
});

test("the page of instructions says the same in both languages, and runs nothing inline", () => {
  const html = readFileSync(new URL("trust.html", viewer), "utf8");
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|\sstyle=|<style|\son[a-z]+=|https?:\/\//u);
  const [, en = "", zh = ""] = html.split("<article");
  for (const pattern of [/data-system="(\w+)"/gu, /<li>/gu, /href="([^"]+)"/gu, /class="([^"]+)"/gu])
    assert.deepEqual(
      [...zh.matchAll(pattern)].map((found) => found[1]),
      [...en.matchAll(pattern)].map((found) => found[1]),
    );
});
