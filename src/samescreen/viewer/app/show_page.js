// @ts-check
// The page of a link that says only "show me your screen": who opens it can show something, and see nothing. Main thread.

import { Lease } from "./lease.js";
import { chosenLanguage } from "./language.js";
import { byId, lasting } from "./memory.js";
import { secureUrl } from "./secure.js";
import { Shares } from "./shares.js";
import { KINDS, advice, wishOf } from "./show.js";
import { Texts } from "./texts.js";
import { hasTabSound, hindrance } from "../publish/capture.js";
import { takeToken } from "./token.js";

/** @typedef {import("./texts/en.js").TextKey} TextKey */
/** Why this page cannot show anything, by what the host answered. @type {Record<string, TextKey>} */
const REFUSALS = { wrong: "page.over", stranger: "page.over", wait: "page.over", trouble: "page.trouble" };

const texts = new Texts(chosenLanguage(new URLSearchParams(location.search).get("lang"), lasting.recall("language"), navigator.languages));
const lease = new Lease();
const name = /** @type {HTMLInputElement} */ (byId("page-name"));
/** @type {TextKey|null} */ let refusal = null;
/** @type {TextKey|null} */ let said = null;
let isIn = false;

const shares = new Shares(texts, byId("onair"), {
  pass: () => lease.pass,
  say: (key) => ((said = key), draw()),
  onChange: () => draw(),
});

function draw() {
  const { isInsecure, words } = advice();
  byId("page-words").textContent = texts.of(refusal ?? (isInsecure ? words : isIn ? "page.text" : "onair.connecting"));
  byId("page-choices").hidden = byId("page-name-form").hidden = !isIn || isInsecure;
  byId("show-secure").hidden = !isInsecure || refusal !== null;
  byId("page-said").textContent = said === null ? "" : texts.of(said);
  for (const kind of KINDS) /** @type {HTMLButtonElement} */ (byId(`show-${kind}`)).disabled = hindrance(kind) !== null || shares.has(kind);
  byId("show-sound-row").hidden = !hasTabSound();
  byId("show-screen").hidden = hindrance("screen") === "no-screens";
  const other = texts.language === "zh" ? "en" : "zh";
  byId("language").textContent = other === "zh" ? "中文" : "English";
  byId("language").lang = other;
}

/** A single use is not spent on a page that can show nothing. @param {string|null} token */
async function enter(token) {
  if (advice().isInsecure) return draw();
  const answer = token === null ? await lease.renew() : await lease.present({ token });
  isIn = answer.is === "in";
  refusal = isIn ? null : REFUSALS[answer.is];
  draw();
}

for (const kind of KINDS)
  byId(`show-${kind}`).addEventListener("click", () => {
    said = null;
    lasting.remember("name", name.value.trim() || null);
    shares.named({ name: name.value.trim() });
    shares.start(kind, wishOf(kind, ""));
  });
byId("page-name-form").addEventListener("submit", (event) => event.preventDefault());
name.value = lasting.recall("name") ?? "";
byId("language").addEventListener("click", () => {
  const other = texts.language === "zh" ? "en" : "zh";
  lasting.remember("language", other);
  texts.setLanguage(other);
});
texts.addEventListener("change", draw);
const token = takeToken();
byId("show-secure-link").addEventListener("click", (event) => {
  event.preventDefault();
  location.assign(secureUrl(location.href, token));
});
lease.addEventListener("pass", () => shares.setPass(lease.pass));
lease.keep();
texts.setLanguage(texts.language);
void enter(token);
