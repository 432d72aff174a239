// @ts-check
// Offers the same page through https, where this one came through plain http and would gain: a line below the details, and the reader
// may send it away for good. Main thread. It asks the host after the picture is there, until it has an answer.

import { byId, lasting } from "./memory.js";

/** @typedef {{https: boolean, sha256: string|null}} Answer  of api/tls */

/**
 * The address of this page through https. The token travels in the fragment, which no server sees.
 * @param {string} page  as location.href
 * @param {string|null} token
 */
export function secureUrl(page, token) {
  const url = new URL(page);
  const port = url.port || "80"; // the port is the same; only the scheme's default is another
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

  /** Shows the offer if it is one. */
  async show() {
    if (isSecureContext || this.#asked || lasting.recall("secure") === "unwanted") return;
    const response = await fetch("api/tls").catch(() => null);
    const answer = /** @type {Answer|null} */ (response?.ok ? await response.json().catch(() => null) : null);
    this.#asked = answer !== null; // no answer: the next connection asks again
    if (!answer?.https) return;
    /** @type {HTMLAnchorElement} */ (byId("secure-link")).href = secureUrl(location.href, null);
    /** @type {HTMLAnchorElement} */ (byId("secure-trust")).href = "trust.html";
    byId("secure-trust").hidden = answer.sha256 === null;
    byId("secure").hidden = false;
  }
}
