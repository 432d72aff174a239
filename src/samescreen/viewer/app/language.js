// @ts-check
// Chooses the page's language. Pure.

/** @typedef {"en"|"zh"} Language  "zh" is Simplified Chinese */

const TRADITIONAL = ["hant", "tw", "hk", "mo"];

/**
 * @param {string} tag  BCP 47: zh, zh-TW, zh-Hant-HK, en-GB
 * @returns {Language|"zh-Hant"|null} null: the page does not have it
 */
function meant(tag) {
  const [language, ...parts] = tag.toLowerCase().split("-");
  if (language === "en") return "en";
  if (language !== "zh") return null;
  // The script decides; without one, the region.
  if (parts.includes("hans")) return "zh";
  return parts.some((part) => TRADITIONAL.includes(part)) ? "zh-Hant" : "zh";
}

/**
 * The first of the reader's languages that the page has. Readers of Traditional Chinese do not want Simplified: a bare "zh" after
 * "zh-TW" does not count, because browsers add it by themselves.
 * @param {readonly string[]} wanted  as navigator.languages
 * @returns {Language}
 */
export function languageOf(wanted) {
  let readsTraditional = false;
  for (const tag of wanted) {
    const language = meant(tag);
    if (language === "zh-Hant") readsTraditional = true;
    else if (language !== null && !(readsTraditional && tag.toLowerCase() === "zh")) return language;
  }
  return "en";
}

/**
 * @param {string|null} asked  ?lang= of the address
 * @param {string|null} remembered  what the reader chose on this page before
 * @param {readonly string[]} wanted  as navigator.languages
 * @returns {Language}
 */
export function chosenLanguage(asked, remembered, wanted) {
  const chosen = [asked, remembered].map((tag) => (tag ? meant(tag) : null));
  const own = chosen.find((language) => language === "en" || language === "zh");
  return /** @type {Language} */ (own ?? languageOf(wanted));
}
