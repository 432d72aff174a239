// @ts-check
// Being let in: the token of the link, the cookie of an earlier visit, or a PIN typed in. Main thread.
// It stores no token and no PIN, and takes the token out of the address bar at once.

import { byId } from "./memory.js";

/** @typedef {import("./texts.js").TextKey} TextKey */
/** @typedef {{key: TextKey, n?: number}} Complaint */
/** @typedef {{pin: string}|{token: string}} Credential */

/** The host cannot be reached at all. */
export class Unreachable extends Error {}

/**
 * @param {Credential} credential
 * @returns {Promise<Complaint|null>} null: let in
 */
async function present(credential) {
  const response = await fetch("api/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(credential),
  }).catch(() => null);
  if (response === null) return { key: "login.unreachable" };
  if (response.ok) return null;
  const body = await response.json().catch(() => ({}));
  const seconds = Number(body.retry_after_s) || Number(response.headers.get("retry-after")) || 5;
  /** @type {Record<number, Complaint>} */
  const complaints = {
    403: { key: "token" in credential ? "login.link-wrong" : "login.wrong" },
    429: { key: "login.wait", n: Math.ceil(seconds) },
  };
  return complaints[response.status] ?? { key: "login.unreachable" };
}

/** True when the cookie of an earlier visit still opens the door. */
export async function isLetIn() {
  const response = await fetch("api/status", { cache: "no-store" }).catch(() => null);
  if (response === null || response.status >= 500) throw new Unreachable();
  return response.ok;
}

/** The token of the link, taken out of the address bar and the history. */
export function takeToken() {
  const token = tokenIn(location.hash);
  if (token !== null) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

/** @param {string} text */
export function tokenIn(text) {
  const hash = text.slice(text.indexOf("#") + 1);
  return text.includes("#") ? new URLSearchParams(hash).get("token") : null;
}

/**
 * What somebody typed or pasted: a PIN, a link, or the token alone.
 * @param {string} text
 * @returns {Credential|null}
 */
export function credentialIn(text) {
  const token = tokenIn(text.trim());
  if (token) return { token };
  const word = text.replaceAll(/[\s-]/gu, "");
  if (/^\d{6}$/u.test(word)) return { pin: word };
  return /^[\w.~-]{12,}$/u.test(text.trim()) ? { token: text.trim() } : null;
}

export class Login {
  #texts;
  #onShown;
  #form = /** @type {HTMLFormElement} */ (byId("login"));
  #input = /** @type {HTMLInputElement} */ (byId("pin"));
  #submit = /** @type {HTMLButtonElement} */ (this.#form.querySelector("button"));
  /** @type {Complaint|null} */ #complaint = null;
  /** @type {string|null} */ #token = takeToken();
  /** The token that let this page in, for the same page through https. In memory only. @type {string|null} */ token = null;
  /** @type {() => void} */ #letIn = () => {};
  /** @type {ReturnType<typeof setInterval>|undefined} */ #waiting;

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {() => void} onShown
   */
  constructor(texts, onShown) {
    this.#texts = texts;
    this.#onShown = onShown;
    texts.addEventListener("change", () => this.#writeComplaint());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try();
    });
    this.#input.addEventListener("input", () => {
      this.#complain(null);
      if (credentialIn(this.#input.value)) this.#try();
    });
  }

  /** Resolves once the host lets this page in. Throws Unreachable. */
  async enter() {
    const token = this.#token;
    const complaint = token === null ? null : await present({ token });
    if (complaint?.key === "login.unreachable") throw new Unreachable();
    this.#token = null;
    if (token !== null && complaint === null) {
      this.token = token;
      return;
    }
    // A dead link does not matter to somebody who is in already.
    if (await isLetIn()) return;
    await this.ask(complaint);
  }

  /**
   * Shows the form until a PIN or link is right.
   * @param {Complaint|null} complaint
   */
  async ask(complaint) {
    this.#onShown();
    byId("veil").hidden = false;
    this.#form.hidden = false;
    this.#input.value = "";
    this.#complain(complaint);
    this.#input.focus();
    await new Promise((resolve) => (this.#letIn = () => resolve(undefined)));
    clearInterval(this.#waiting);
    this.#form.hidden = true;
    byId("veil").hidden = true;
  }

  async #try() {
    if (this.#submit.disabled) return;
    const credential = credentialIn(this.#input.value);
    if (!credential) return this.#complain({ key: "login.empty" });
    this.#submit.disabled = true;
    const complaint = await present(credential);
    this.#submit.disabled = false;
    if (complaint === null) {
      if ("token" in credential) this.token = credential.token;
      return this.#letIn();
    }
    this.#complain(complaint);
    this.#input.select();
  }

  /** @param {Complaint|null} complaint */
  #complain(complaint) {
    this.#complaint = complaint;
    clearInterval(this.#waiting);
    this.#submit.disabled = complaint?.n !== undefined;
    if (complaint?.n !== undefined) this.#waiting = setInterval(() => this.#countDown(), 1000);
    this.#writeComplaint();
  }

  #countDown() {
    const n = (this.#complaint?.n ?? 0) - 1;
    if (n > 0) this.#complaint = { key: "login.wait", n };
    else this.#complain(null);
    this.#writeComplaint();
  }

  #writeComplaint() {
    const complaint = this.#complaint;
    byId("login-error").textContent = complaint ? this.#texts.of(complaint.key, complaint.n) : "";
    this.#input.setAttribute("aria-invalid", String(complaint !== null));
  }
}
