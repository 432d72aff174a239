// @ts-check
// Derives the one state that the page shows from the facts about connection, host and decoder. Either thread. Pure.

import { CLOSE } from "./wire.js";

/** Somebody has locked the host's screen: of the host's status, and of what is shown. */
const LOCKED = "screen-locked";

/** @typedef {"protocol"|"version"|"forbidden"|"put-out"} Ending */

/** @type {Record<number, Ending>} close codes after which trying again is of no use */
export const ENDINGS = {
  [CLOSE.protocol]: "protocol",
  [CLOSE.version]: "version",
  [CLOSE.forbidden]: "forbidden",
  [CLOSE["put-out"]]: "put-out",
};

/** @typedef {"connecting"|"waiting"|"live"|"lost"|"reconnecting"|"stopped"|"login"|"failed"} State */

/**
 * @typedef {object} Facts
 * @property {"connecting"|"open"|"waiting"} socket
 * @property {boolean} welcomed  the host answered on this connection
 * @property {boolean} everWelcomed
 * @property {boolean} inLobby  the host lets newcomers in one by one, and has not decided about this one
 * @property {string|null} bye  why the host closed the connection before
 * @property {string} failureDetail  a sentence in English about `failure`, or ""
 * @property {import("./wire.js").Status|null} status  of the stream shown
 * @property {boolean} stuck  nothing gets through on this connection
 * @property {boolean} painted  a picture came since: this connection, the host's last "waiting", the tab was shown again
 * @property {boolean} wasHidden  the tab was shown again on this connection
 * @property {"decode"|"missing"|"unloaded"|Ending|null} failure  unloaded: a file of the page
 * @property {import("./connection.js").SealFault|null} seal  why sealed pictures cannot be shown
 * @property {number|null} retryAtMs  wall clock
 */

/** @type {Facts} */
export const NOTHING_KNOWN = Object.freeze({
  socket: "connecting",
  welcomed: false,
  everWelcomed: false,
  inLobby: false,
  bye: null,
  failureDetail: "",
  status: null,
  stuck: false,
  painted: false,
  wasHidden: false,
  failure: null,
  seal: null,
  retryAtMs: null,
});

/**
 * @typedef {object} Shown
 * @property {State} state
 * @property {string} reason  which words the page uses: a key of its texts
 * @property {string} detail  a sentence of the host, in English, or ""
 * @property {number|null} retryAtMs
 */

/** @type {[(facts: Facts) => boolean, (facts: Facts) => Pick<Shown, "state"|"reason">][]} first match wins */
const RULES = [
  [(facts) => facts.failure !== null, (facts) => ({ state: "failed", reason: `failed-${facts.failure}` })],
  [(facts) => facts.inLobby, () => ({ state: "waiting", reason: "lobby" })],
  [(facts) => !facts.welcomed && facts.bye === "stopping", () => ({ state: "stopped", reason: "stopped" })],
  [
    (facts) => !facts.welcomed && facts.everWelcomed,
    (facts) => ({ state: "reconnecting", reason: facts.bye === "stalled" ? "stalled" : "reconnecting" }),
  ],
  [(facts) => !facts.welcomed && facts.bye === "full", () => ({ state: "reconnecting", reason: "full" })],
  [(facts) => !facts.welcomed && facts.socket === "waiting", () => ({ state: "reconnecting", reason: "unreachable" })],
  [(facts) => !facts.welcomed, () => ({ state: "connecting", reason: "connecting" })],
  [(facts) => facts.seal !== null, (facts) => ({ state: "failed", reason: `sealed-${facts.seal}` })],
  [(facts) => facts.status?.state === "lost", () => ({ state: "lost", reason: "lost" })],
  [
    (facts) => facts.status?.state === "failed",
    (facts) => ({ state: "failed", reason: facts.status?.reason === "encoder-failed" ? "failed-encoder" : "failed-source" }),
  ],
  [(facts) => facts.status?.reason === "paused", () => ({ state: "waiting", reason: "host-paused" })],
  [(facts) => facts.status?.reason === "blanked", () => ({ state: "waiting", reason: "blanked" })],
  [(facts) => facts.stuck, () => ({ state: "waiting", reason: "stuck" })],
  [(facts) => facts.painted, ({ status }) => ({ state: "live", reason: status?.reason === LOCKED ? LOCKED : "live" })],
  [(facts) => facts.wasHidden, () => ({ state: "waiting", reason: "paused" })],
  [(facts) => facts.status?.reason === "nothing-shared", () => ({ state: "waiting", reason: "nothing-shared" })],
  [(facts) => facts.status?.reason === "no-picture", () => ({ state: "waiting", reason: "no-picture" })],
  [(facts) => facts.status?.state === "waiting" && facts.status.reason === LOCKED, () => ({ state: "waiting", reason: LOCKED })],
  [() => true, () => ({ state: "waiting", reason: "waiting" })],
];

/**
 * @param {Facts} facts
 * @returns {Shown}
 */
export function shownOf(facts) {
  const rule = RULES.find(([applies]) => applies(facts));
  if (!rule) throw new Error("the last rule applies to everything");
  const shown = rule[1](facts);
  const fromHost = shown.state === "lost" || (shown.state === "failed" && (facts.failure ?? facts.seal) === null);
  return {
    ...shown,
    detail: fromHost ? (facts.status?.detail ?? "") : hasOwnDetail(facts) ? facts.failureDetail : "",
    retryAtMs: facts.socket === "waiting" && shown.state !== "failed" ? facts.retryAtMs : null,
  };
}

/** The page's words for being put out say all that the host's sentence says. @param {Facts} facts */
function hasOwnDetail({ failure }) {
  return failure !== null && failure !== "put-out";
}
