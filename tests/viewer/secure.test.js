// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { secureUrl } from "../../src/samescreen/viewer/app/secure.js";

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
