// @ts-check
// Finds out from a response why the host, or a proxy before it, refused a request: which texts and lines the page shows. Pure.
// docs/protocol.md lists the causes; serve/refusals.py names them.

/**
 * What the status card shows: `${reason}.title` and `.text` of the texts, a sentence in English, and lines to copy.
 * @typedef {{reason: string, detail: string, lines: string[]}} Trouble
 */

/**
 * A response as the page received it. `cause` is the host's header; null: the response is not from our host.
 * @typedef {{status: number, cause: string|null, text: string}} Seen
 */

const UPGRADE_LINES = [
  "proxy_http_version 1.1;",
  "proxy_set_header Upgrade $http_upgrade;",
  "proxy_set_header Connection $http_connection;",
];

/** @type {Record<string, string>} the missing line of nginx's configuration, by the host's cause */
const PROXY_LINES = {
  origin: "proxy_set_header Host $http_host;",
  "origin-scheme": "proxy_set_header X-Forwarded-Proto $scheme;",
  "origin-missing": "proxy_set_header Origin $http_origin;",
};

/** Causes with texts of their own, besides those in PROXY_LINES. */
const OWN_WORDS = ["cross-site", "held", "host-link", "host-name", "locked"];

/** @type {Trouble} the host accepts this page's login, but the WebSocket does not open */
export const NO_WEBSOCKET = { reason: "no-websocket", detail: "", lines: UPGRADE_LINES };

/**
 * There was no response.
 * @param {boolean} isOnline  as the browser says
 * @returns {Trouble}
 */
export function silence(isOnline) {
  return { reason: isOnline ? "unreachable" : "offline", detail: "", lines: [] };
}

/**
 * @param {Seen} seen
 * @param {string} page  as location.href
 * @returns {Trouble}
 */
export function troubleOf({ status, cause, text }, page) {
  const url = new URL(page);
  if (cause === null) return betweenUs(status, url);
  if (cause in PROXY_LINES) return { reason: cause, detail: firstLine(text), lines: [PROXY_LINES[cause]] };
  const lines = cause === "host-name" ? [`samescreen --allow-host ${url.hostname}`] : [];
  if (OWN_WORDS.includes(cause)) return { reason: cause, detail: "", lines };
  if (cause === "no-page" || cause === "base-path") return pathTrouble(status, url);
  if (cause === "unavailable") return { reason: "not-sharing", detail: "", lines: [] };
  return { reason: "host-error", detail: `HTTP ${status}: ${firstLine(text)}`, lines: [] };
}

/**
 * The response is not from our host.
 * @param {number} status
 * @param {URL} url
 * @returns {Trouble}
 */
function betweenUs(status, url) {
  const detail = `HTTP ${status}`;
  if ([502, 503, 504].includes(status)) return { reason: "gateway", detail, lines: [] };
  if (status === 404 || status === 405) return pathTrouble(status, url);
  return { reason: status < 400 ? "not-host" : "between", detail, lines: [] };
}

/**
 * @param {number} status
 * @param {URL} url
 * @returns {Trouble}
 */
function pathTrouble(status, url) {
  const folder = url.pathname.slice(0, url.pathname.lastIndexOf("/") + 1);
  const option = folder === "/" ? [] : [`samescreen --base-path ${folder.slice(0, -1)}`];
  return { reason: "path", detail: `HTTP ${status}`, lines: [`location ${folder} { proxy_pass http://127.0.0.1:9000; }`, ...option] };
}

/** @param {string} text */
function firstLine(text) {
  return text.split("\n", 1)[0].slice(0, 300);
}
