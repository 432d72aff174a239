// @ts-check
// Asks the host to let the page in, and starts the worker; arrival.js takes what becomes of both. On a slow link it first asks for a glimpse
// of the picture. Main thread.

import { startEarly } from "../loader.js";
import { isFramed } from "./framed.js";
import { Glimpse, isSlow } from "./glimpse.js";
import { Lease } from "./lease.js";
import { rememberedStream } from "./memory.js";
import { takeToken } from "./token.js";

/**
 * @typedef {object} Begun
 * @property {Lease} lease
 * @property {string|null} token  of the link, until the host has answered
 * @property {Promise<import("./lease.js").Knock>} knock  what the host answers to the link, or to the cookie of an earlier visit
 * @property {Glimpse} glimpse
 */

/** @type {Begun|null} until the page takes it */
let begun = null;

/** What beginKnock began; a new one when that was taken. @returns {Begun} */
export function takeKnock() {
  const taken = begun ?? newKnock();
  begun = null;
  return taken;
}

/** Call it before anything else of the page runs. */
export function beginKnock() {
  begun = newKnock();
}

/** @returns {Begun} */
function newKnock() {
  const lease = new Lease();
  const token = takeToken();
  const knock = lease.knock(token);
  const glimpse = new Glimpse();
  // A framed page keeps no cookie, without which the host gives no glimpse.
  const isWanted = isSlow() && !isFramed && !document.hidden;
  const stream = rememberedStream(new URLSearchParams(location.search).get("stream"));
  const glimpsed = isWanted ? knock.then(({ isIn }) => (isIn ? glimpse.show(stream) : undefined)) : undefined;
  // The worker's file would delay the answer, and the glimpse.
  startEarly(glimpsed);
  return { lease, token, knock, glimpse };
}
