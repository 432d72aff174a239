// @ts-check
// The two requests that give a page access, login and renewal, and what their responses mean. Main thread. It keeps no state.

import { silence, troubleOf } from "./cause.js";
import { isFramed } from "./framed.js";

/** @typedef {import("./cause.js").Trouble} Trouble */
/** @typedef {{pin: string}|{token: string}} Credential */
/** @typedef {{is: "in", pass: string|null, keptCookie: boolean, picture?: Promise<Blob|null>}} LetIn  `pass` opens the WebSocket where the
 *   browser keeps no cookie; `picture` is on its way behind the answer */
/** @typedef {{picture: "sketch"|"whole", stream: string}} Wanted  a first picture that the host may send along, and of which stream */
/** @typedef {LetIn|{is: "stranger"}|{is: "wrong"}|{is: "wait", seconds: number}|{is: "trouble", trouble: Trouble}} Outcome */

export const CAUSE_HEADER = "samescreen-cause";
/** The answer itself, where the body is a picture. */
const ANSWER_HEADER = "samescreen-answer";
const PATIENCE_MS = 10_000;
/** In a request it makes the host answer with a pass and without a cookie. */
const MARK = isFramed ? { framed: true } : {};

/**
 * @param {Credential} credential
 * @param {Wanted|null} [wanted]
 * @returns {Promise<Outcome>}
 */
export function present(credential, wanted = null) {
  return ask("api/login", { ...credential, pass: true, ...MARK, ...wanted });
}

/**
 * Asks for a new cookie, and for a new pass where there is an old one.
 * @param {string|null} pass
 * @param {Wanted|null} [wanted]
 * @returns {Promise<Outcome>}
 */
export function renew(pass, wanted = null) {
  return ask("api/renew", { ...(pass === null ? {} : { pass }), ...MARK, ...wanted });
}

/**
 * @param {string} path
 * @param {object} fields
 * @returns {Promise<Outcome>}
 */
async function ask(path, fields) {
  const request = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fields),
    signal: AbortSignal.timeout?.(PATIENCE_MS), // Safari before 16 has none: there it waits for the system
  };
  const response = await fetch(path, request).catch(() => null);
  const answer = response?.headers.get(ANSWER_HEADER) ?? null;
  const text = answer ?? (await response?.text().catch(() => null)) ?? null;
  if (!response || text === null) return { is: "trouble", trouble: silence(navigator.onLine) };
  const seen = { status: response.status, cause: response.headers.get(CAUSE_HEADER), text };
  const outcome = answerOf(seen, response.headers.get("retry-after"), location.href);
  return outcome.is === "in" && answer !== null ? { ...outcome, picture: response.blob().catch(() => null) } : outcome;
}

/**
 * @param {import("./cause.js").Seen} seen
 * @param {string|null} retryAfter
 * @param {string} page  as location.href
 * @returns {Outcome}
 */
export function answerOf(seen, retryAfter, page) {
  const fields = fieldsIn(seen.text);
  if (seen.status === 200 && ("pass" in fields || "cookie" in fields)) {
    const pass = typeof fields.pass === "string" ? fields.pass : null;
    return { is: "in", pass, keptCookie: fields.cookie !== false };
  }
  if (seen.cause === "sign-in") return { is: "stranger" };
  if (seen.cause === "wrong") return { is: "wrong" };
  if (seen.cause === "wait") return { is: "wait", seconds: Math.ceil(Number(fields.retry_after_s) || Number(retryAfter) || 5) };
  return { is: "trouble", trouble: troubleOf(seen, page) };
}

/**
 * @param {string} text
 * @returns {Record<string, unknown>}
 */
function fieldsIn(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
