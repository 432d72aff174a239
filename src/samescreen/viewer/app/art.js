// @ts-check
// Which picture goes with which reason on the card; index.html draws them. Pure.

/** @type {Record<string, string>} by reason; the rest of a group's reasons share its picture */
const ART = {
  connecting: "link",
  waiting: "wait",
  stuck: "wait",
  paused: "pause",
  "host-paused": "pause",
  blanked: "curtain",
  "screen-locked": "lock",
  "nothing-shared": "empty",
  "no-picture": "empty",
  "not-sharing": "empty",
  lost: "broken",
  reconnecting: "broken",
  stalled: "broken",
  unreachable: "broken",
  offline: "broken",
  stopped: "off",
  lobby: "door",
  full: "full",
  locked: "lock",
  held: "out",
  "failed-put-out": "out",
  "failed-forbidden": "shield",
  "cross-site": "shield",
  "sealed-missing": "lock",
  "sealed-insecure": "lock",
  "sealed-clear": "shield",
  "sealed-wrong": "lock",
  "sealed-changed": "shield",
  "failed-decode": "film",
  "failed-missing": "film",
  "failed-websocket": "film",
  "failed-source": "empty",
  "failed-encoder": "film",
  "failed-version": "plug",
  "failed-protocol": "plug",
};

/** @param {string} reason  of the card */
export function artOf(reason) {
  return ART[reason] ?? "plug"; // something between page and host
}
