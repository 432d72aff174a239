// @ts-check
// The page's second script, after opening.js. On a slow link each file delays the first picture, so this one brings only what the picture
// needs, and loads the rest of the page as soon as there is a picture, or something to say about it. Main thread.

import { again } from "../again.js";
import { Arrival } from "./arrival.js";

// A host may be slow to answer. The page must say so.
const PATIENCE_MS = 1_500;
/** Reasons of states that a page goes through before its first picture. They need no words yet. */
const BEFORE_A_PICTURE = ["connecting", "waiting"];

function enter() {
  const arrival = new Arrival();
  arrival.wait();
  /** @type {Promise<unknown>|null} */
  let loading = null;
  const load = () => void (loading ??= again((query) => import(new URL("./app.js", import.meta.url) + query)));
  setTimeout(load, PATIENCE_MS);
  const settle = () => {
    arrival.glimpse.end();
    load();
  };
  if (!arrival.viewer) return settle();
  // A slow link is idle while the viewer waits for its connection. On a fast one the processor has no time to spare.
  const connecting = new Promise((resolve) => arrival.viewer?.addEventListener("state", resolve, { once: true }));
  Promise.all([connecting, arrival.glimpse.shown]).then(() => arrival.glimpse.isWhole || load());
  arrival.knock.then(({ isIn }) => isIn || settle());
  for (const name of ["firstpaint", "refused", "ended"]) arrival.viewer.addEventListener(name, settle);
  arrival.viewer.addEventListener("state", (event) => {
    const { reason } = /** @type {CustomEvent<import("../state.js").Shown>} */ (event).detail;
    if (!BEFORE_A_PICTURE.includes(reason)) settle();
  });
}

// The browser offers once to install the page, perhaps before the rest of it is there: install.js takes the offer from here.
globalThis.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  Object.assign(globalThis, { installOffer: event });
});

// It may run before the browser has read all of the page.
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", enter, { once: true });
else enter();
