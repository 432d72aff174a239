// @ts-check
// Offers to install the page as an app, where the browser can: https with a certificate that it trusts. Main thread. There is no service
// worker: the page is of no use without its host, and an old copy of it would not fit a newer host.

import { byId } from "./memory.js";

/** @typedef {Event & {prompt: () => Promise<unknown>}} Offer */

export function offerInstall() {
  // entrance.js keeps an offer that came before this module.
  let offer = /** @type {{installOffer?: Offer|null}} */ (globalThis).installOffer ?? null;
  byId("tool-install").hidden = offer === null;
  globalThis.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = /** @type {Offer} */ (event);
    byId("tool-install").hidden = false;
  });
  byId("tool-install").addEventListener("click", async () => {
    await offer?.prompt();
    offer = null;
    byId("tool-install").hidden = true;
  });
}
