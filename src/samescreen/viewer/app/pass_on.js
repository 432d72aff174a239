// @ts-check
// Passes the link on: copies it, or shows it as a QR code for a phone. Main thread. The link's secret never leaves the page for this: the
// code is drawn here. A page that came in by cookie or PIN does not know the secret, and says so.

import { copyText } from "./clipboard.js";
import { byId } from "./memory.js";
import { fragmentOf } from "./token.js";

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 3;

export class PassOn {
  #texts;
  #token;

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {() => string|null} token  of the link that let this page in
   */
  constructor(texts, token) {
    this.#texts = texts;
    this.#token = token;
    texts.addEventListener("change", () => this.#write());
    byId("pass-copy").addEventListener("click", () => this.#copy());
    /** @type {HTMLInputElement} */ (byId("pass-link")).addEventListener("focus", (event) =>
      /** @type {HTMLInputElement} */ (event.target).select(),
    );
  }

  /** The panel opened. */
  async show() {
    this.#write();
    const { encode } = await import("../vendor/uqr/uqr.mjs");
    byId("pass-qr").replaceChildren(drawn(encode(this.#link(), { ecc: "L", border: QUIET })));
  }

  #link() {
    return linkOf(location.href, this.#token());
  }

  #write() {
    const isWhole = this.#token() !== null;
    const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
    byId("pass-words").textContent = this.#texts.of(isHere ? "pass.local" : isWhole ? "pass.whole" : "pass.bare");
    /** @type {HTMLInputElement} */ (byId("pass-link")).value = this.#link();
    byId("pass-qr").setAttribute("aria-label", this.#texts.of("pass.qr"));
    byId("pass-copy").textContent = this.#texts.of("pass.copy");
  }

  async #copy() {
    byId("pass-copy").textContent = this.#texts.of((await copyText(this.#link())) ? "line.copied" : "line.not-copied");
  }
}

/**
 * This page's address with the secret, and without the reader's own choices.
 * @param {string} page  as location.href
 * @param {string|null} token
 */
export function linkOf(page, token) {
  const url = new URL(page);
  url.search = "";
  url.hash = fragmentOf(url.hash, token);
  return url.href;
}

/** @param {{size: number, data: boolean[][]}} code */
function drawn({ size, data }) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  path.setAttribute("d", data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ""))).join(""));
  svg.append(path);
  return svg;
}
