// @ts-check
// The page that says how to trust this host: its language, the fingerprint, the reader's system first. Main thread.

import { chosenLanguage } from "./language.js";
import { byId, lasting } from "./memory.js";
import { secureUrl } from "./secure.js";

/** Which instructions are open at first, by the browser's user agent; the first match wins. */
const SYSTEMS = [
  ["firefox", /Firefox\//u],
  ["android", /Android/u],
  ["ios", /iPhone|iPad/u],
  ["windows", /Windows/u],
  ["macos", /Macintosh/u],
  ["linux", /Linux|CrOS/u],
];

/** @param {"en"|"zh"} language */
function showLanguage(language) {
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  for (const article of document.querySelectorAll("article")) article.hidden = article.id !== language;
  document.title = byId(language).querySelector("h1")?.textContent ?? document.title;
  const other = language === "zh" ? "en" : "zh";
  byId("language").textContent = other === "zh" ? "中文" : "English";
  byId("language").lang = other === "zh" ? "zh-Hans" : "en";
  byId("language").onclick = () => {
    lasting.remember("language", other);
    showLanguage(other);
  };
}

async function showFingerprint() {
  const response = await fetch("api/tls").catch(() => null);
  const answer = response?.ok ? await response.json().catch(() => null) : null;
  const fingerprint = answer?.sha256;
  for (const each of document.querySelectorAll(".fingerprint")) each.textContent = typeof fingerprint === "string" ? fingerprint : "";
  // "unknown": the host did not answer, so nothing is known about its authority.
  const authority = fingerprint === null ? "false" : typeof fingerprint === "string" ? "true" : "unknown";
  document.documentElement.dataset.authority = authority;
}

const system = SYSTEMS.find(([, pattern]) => /** @type {RegExp} */ (pattern).test(navigator.userAgent))?.[0];
for (const each of document.querySelectorAll("details")) each.open = each.dataset.system === system;
for (const each of document.querySelectorAll("a.open"))
  /** @type {HTMLAnchorElement} */ (each).href = secureUrl(new URL(".", location.href).href, null);
const asked = new URLSearchParams(location.search).get("lang");
showLanguage(chosenLanguage(asked, lasting.recall("language"), navigator.languages));
byId("language").hidden = false;
for (const each of document.querySelectorAll(".unknown button"))
  /** @type {HTMLButtonElement} */ (each).addEventListener("click", () => showFingerprint());
showFingerprint();
