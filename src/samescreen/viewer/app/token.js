// @ts-check
// The token of a link, which stands behind the # of the address. Main thread. It takes it out of the address bar, and stores it nowhere.

import { isFramed } from "./framed.js";

/** The token of the link, taken out of the address bar and its entry of the history. A framed page has no address bar, and keeps it. */
export function takeToken() {
  const token = tokenIn(location.hash);
  if (token !== null && !isFramed) history.replaceState(history.state, "", location.pathname + location.search);
  return token || null;
}

/** @param {string} text */
export function tokenIn(text) {
  const hash = text.slice(text.indexOf("#") + 1);
  return text.includes("#") ? new URLSearchParams(hash).get("token") : null;
}

/** The token of the link in what a page was opened with, behind a ticket perhaps (handovers.py); or null. @param {string} secret */
export function linkToken(secret) {
  return secret.replace(/^h~[^~]*~/u, "") || null;
}
