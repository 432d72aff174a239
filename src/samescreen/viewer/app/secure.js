// @ts-check
// Offers the same page through https where it was opened through plain http: a line below the details, which the reader may close for
// good. Main thread. It asks the host at each connection until the host answers.

import { byId, lasting } from "./memory.js";
import { fragmentOf } from "./token.js";

/** @typedef {{https: boolean, sha256: string|null}} TlsState  the response of api/tls; sha256: of the authority's certificate */

/**
 * The address of this page through https. The token travels in the fragment, which no server sees.
 * @param {string} page  as location.href
 * @param {string|null} token
 */
export function secureUrl(page, token) {
  const url = new URL(page);
  const port = url.port || "80"; // the port stays; only the scheme's default differs
  url.protocol = "https:";
  url.port = port;
  url.hash = fragmentOf(url.hash, token);
  return url.href;
}

/**
 * Goes on through https as the same person, with what the host has given them; if the host hands no ticket out, with the link alone.
 * @param {{token: string|null, pass: string|null}} lease
 */
export async function goSecure({ token, pass }) {
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(pass === null ? {} : { pass }) };
  const response = await fetch("api/handover", request).catch(() => null);
  const answer = response?.ok ? await response.json().catch(() => null) : null;
  const ticket = answer?.token;
  location.assign(secureUrl(location.href, typeof ticket === "string" ? `h~${ticket}~${token ?? ""}` : token));
}

export class SecureOffer {
  #asked = false;

  /** @param {() => {token: string|null, pass: string|null}} lease  what let this page in */
  constructor(lease) {
    byId("secure-link").addEventListener("click", (event) => {
      event.preventDefault();
      void goSecure(lease());
    });
    byId("secure-close").addEventListener("click", () => {
      lasting.remember("secure", "unwanted");
      byId("secure").hidden = true;
    });
  }

  /** Shows the offer where the host speaks https. */
  async show() {
    if (isSecureContext || this.#asked || lasting.recall("secure") === "unwanted") return;
    const response = await fetch("api/tls").catch(() => null);
    const answer = /** @type {TlsState|null} */ (response?.ok ? await response.json().catch(() => null) : null);
    this.#asked = answer !== null; // no answer: the next connection asks again
    if (!answer?.https) return;
    /** @type {HTMLAnchorElement} */ (byId("secure-link")).href = secureUrl(location.href, null);
    /** @type {HTMLAnchorElement} */ (byId("secure-trust")).href = "trust.html";
    byId("secure-trust").hidden = answer.sha256 === null;
    byId("secure").hidden = false;
  }
}
