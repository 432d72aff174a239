// @ts-check
// Offers the same page through https where it was opened through plain http: a line below the details, which the reader may close for
// good. Main thread. It asks the host at each connection until the host answers.

import { byId, lasting } from "./memory.js";

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
  url.hash = token === null ? "" : `token=${token}`;
  return url.href;
}

export class SecureOffer {
  #token;
  #asked = false;

  /** @param {() => string|null} token  of the link that let this page in */
  constructor(token) {
    this.#token = token;
    byId("secure-link").addEventListener("click", (event) => {
      event.preventDefault();
      location.assign(secureUrl(location.href, this.#token()));
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
