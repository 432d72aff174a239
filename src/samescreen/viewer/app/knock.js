// @ts-check
// Asks the host to let the page in, and starts the worker; arrival.js takes what becomes of both. A first picture comes along with the
// host's answer: the page shows it until the viewer has one. Main thread.

import { startEarly } from "../loader.js";
import { isFramed } from "./framed.js";
import { Glimpse, firstPicture } from "./glimpse.js";
import { Lease } from "./lease.js";
import { rememberedStream } from "./memory.js";
import { takeToken, tokenIn } from "./token.js";

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
  const token = tokenIn(location.hash) || null;
  const stream = rememberedStream(new URLSearchParams(location.search).get("stream"));
  const picture = document.hidden ? null : firstPicture();
  const isPathSlow = picture === "sketch";
  const knock = lease.knock(token, picture && { picture, stream });
  // Changing the address takes the browser some milliseconds, for which the request does not wait.
  takeToken();
  const glimpse = new Glimpse();
  const begun = knock.then(async ({ isIn, offered, renewed }) => {
    const letIn = renewed ?? offered;
    if (letIn?.is === "in" && letIn.picture) return void glimpse.place(letIn.picture, !isPathSlow);
    // The picture was not ready with the answer. A framed page keeps no cookie, without which the host gives no sketch.
    if (isIn && isPathSlow && !isFramed) await glimpse.show(stream);
  });
  // The worker's file would delay the answer, and the glimpse.
  startEarly(isPathSlow ? begun : undefined);
  return { lease, token, knock, glimpse };
}
