// @ts-check
// The token of a link, which stands behind the # of the address. Main thread. It takes it out of the address bar, and stores it nowhere.

import { isFramed } from "./framed.js";

/** The token of the link, taken out of the address bar and its entry of the history. A framed page has no address bar, and keeps it. */
export function takeToken() {
  const token = tokenIn(location.hash);
  // The key of sealed pictures stays: the page needs it again when it is loaded again.
  const rest = fragmentOf(location.hash, null);
  if (token !== null && !isFramed) history.replaceState(history.state, "", location.pathname + location.search + rest);
  return token || null;
}

/** @param {string} text  a link, or what stands behind its # */
export const tokenIn = (text) => namedIn(text, "token");

/** The key of sealed pictures, which no server sees. @param {string} text  as for `tokenIn` */
export const sealIn = (text) => namedIn(text, "seal");

/**
 * @param {string} text
 * @param {string} name
 */
function namedIn(text, name) {
  const hash = text.slice(text.indexOf("#") + 1);
  return text.includes("#") ? new URLSearchParams(hash).get(name) : null;
}

/**
 * What stands behind a link with this token, if it is to show what the page with this fragment shows.
 * @param {string} hash  of the page
 * @param {string|null} token
 */
export function fragmentOf(hash, token) {
  const seal = sealIn(hash);
  const parts = [token && `token=${token}`, seal && `seal=${seal}`].filter((part) => part);
  return parts.length > 0 ? `#${parts.join("&")}` : "";
}

/** The token of the link in what a page was opened with, behind a ticket perhaps (handovers.py); or null. @param {string} secret */
export function linkToken(secret) {
  return secret.replace(/^h~[^~]*~/u, "") || null;
}
