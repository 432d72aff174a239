// @ts-check
// Somebody else's line, with its addresses as links: http and https only, in a tab of their own that learns nothing of this page.
// Main thread; textContent only, never HTML.

const ADDRESS = /https?:\/\/[^\s<>"'“”‘’「」『』（）。，；：！？、]+/giu;
// What ends a sentence is no part of the address in it.
const TAIL = /[.,;:!?。，；：！？、)\]}]+$/u;

/** @typedef {{text: string, href: string|null}} Part  href: null for plain text */

/**
 * @param {string} text
 * @returns {Part[]}  joined, their texts are `text`
 */
export function partsOf(text) {
  /** @type {Part[]} */ const parts = [];
  let end = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = found[0].replace(TAIL, "");
    const href = hrefOf(address);
    if (href === null) continue;
    if (found.index > end) parts.push({ text: text.slice(end, found.index), href: null });
    parts.push({ text: address, href });
    end = found.index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), href: null });
  return parts;
}

/** @param {string} address */
function hrefOf(address) {
  try {
    const url = new URL(address);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} text
 * @returns {HTMLElement[]}
 */
export function linked(text) {
  return partsOf(text).map(({ text: words, href }) => {
    const element = document.createElement(href === null ? "span" : "a");
    element.textContent = words;
    if (href !== null) Object.assign(element, { href, target: "_blank", rel: "noopener noreferrer" });
    return element;
  });
}
