// @ts-check
// The page that says how to trust this host: its language, the fingerprint, the reader's system first. Main thread.

import { byId, lasting } from "./memory.js";
import { secureUrl } from "./secure.js";
import { languageOf } from "./texts.js";

/** Which instructions are open at first, by what the browser says of itself; in this order. */
const SYSTEMS = [
  ["firefox", /Firefox\//u],
  ["android", /Android/u],
  ["ios", /iPhone|iPad/u],
  ["windows", /Windows/u],
  ["macos", /Macintosh/u],
  ["linux", /Linux|CrOS/u],
];

/** @param {"en"|"zh"} language */
function speak(language) {
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  for (const article of document.querySelectorAll("article")) article.hidden = article.id !== language;
  document.title = byId(language).querySelector("h1")?.textContent ?? document.title;
  const other = language === "zh" ? "en" : "zh";
  byId("language").textContent = other === "zh" ? "中文" : "English";
  byId("language").lang = other === "zh" ? "zh-Hans" : "en";
  byId("language").onclick = () => {
    lasting.remember("language", other);
    speak(other);
  };
}

async function showFingerprint() {
  const response = await fetch("api/tls").catch(() => null);
  const answer = response?.ok ? await response.json().catch(() => null) : null;
  const hasAuthority = typeof answer?.sha256 === "string";
  for (const each of document.querySelectorAll(".fingerprint")) each.textContent = hasAuthority ? answer.sha256 : "";
  document.documentElement.dataset.authority = String(hasAuthority);
}

const system = SYSTEMS.find(([, pattern]) => /** @type {RegExp} */ (pattern).test(navigator.userAgent))?.[0];
for (const each of document.querySelectorAll("details")) each.open = each.dataset.system === system;
for (const each of document.querySelectorAll("a.open"))
  /** @type {HTMLAnchorElement} */ (each).href = secureUrl(new URL(".", location.href).href, null);
speak(languageOf([lasting.recall("language") ?? "", ...navigator.languages]));
byId("language").hidden = false;
showFingerprint();
