// @ts-check
// Keeps this page's access, in memory only: the token of its link and the pass of its login. Renews pass and cookie while the page is
// open. Main thread. It shows nothing.

import { present, renew } from "./door.js";
import { linkToken } from "./token.js";

/** @typedef {import("./door.js").Outcome} Outcome */
/** @typedef {import("./door.js").Credential} Credential */
/** @typedef {import("./door.js").Wanted} Wanted */
/** @typedef {{isIn: boolean, offered: Outcome|null, renewed: Outcome|null}} Knock  what the host answered to a link, and to a cookie */

// A cookie is valid for twelve hours.
export const RENEW_MS = 3_600_000;
const LOOK_MS = 300_000;

/**
 * What a test replaces.
 * @typedef {object} Surroundings
 * @property {(credential: Credential, wanted?: Wanted|null) => Promise<Outcome>} present
 * @property {(pass: string|null, wanted?: Wanted|null) => Promise<Outcome>} renew
 * @property {() => number} nowMs  wall clock, so that it includes sleep
 */

/** @type {Surroundings} */
const BROWSER = { present, renew, nowMs: () => Date.now() };

/** Dispatches "pass" when the pass changes. */
export class Lease extends EventTarget {
  #around;
  #renewedMs = -Infinity;
  #isIn = false;
  /** @type {string|null} */ #pass = null;
  /** Of the link that let this page in. @type {string|null} */ token = null;

  /** @param {Surroundings} [around] */
  constructor(around = BROWSER) {
    super();
    this.#around = around;
  }

  /** Sent with the WebSocket, for browsers that keep no cookie; null: the cookie of an earlier visit gave access. */
  get pass() {
    return this.#pass;
  }

  /** Renews whenever it is due: by a timer, and when the page is shown again after a sleep. */
  keep() {
    setInterval(() => this.renewIfDue(), LOOK_MS);
    document.addEventListener("visibilitychange", () => this.renewIfDue());
  }

  /**
   * Asks to be let in by a link, else by what an earlier visit left. A dead link does not matter while the cookie is valid.
   * @param {string|null} token  of the link; null: there is none
   * @param {Wanted|null} [wanted]
   * @returns {Promise<Knock>}
   */
  async knock(token, wanted = null) {
    const offered = token === null ? null : await this.present({ token }, wanted);
    if (offered?.is === "in" || offered?.is === "trouble") return { isIn: offered.is === "in", offered, renewed: null };
    const renewed = await this.renew(wanted);
    return { isIn: renewed.is === "in", offered, renewed };
  }

  /**
   * @param {Credential} credential
   * @param {Wanted|null} [wanted]
   * @returns {Promise<Outcome>}
   */
  async present(credential, wanted = null) {
    const answer = await this.#around.present(credential, wanted);
    if (answer.is === "in") {
      this.#accept(answer.pass);
      this.token = "token" in credential ? linkToken(credential.token) : null;
    } else if (answer.is === "wrong" && "token" in credential && credential.token === this.token) {
      this.token = null;
    }
    return answer;
  }

  /**
   * @param {Wanted|null} [wanted]
   * @returns {Promise<Outcome>} "stranger": the link is no longer valid, or this page never had access
   */
  async renew(wanted = null) {
    const had = this.#pass;
    const answer = await this.#around.renew(had, wanted);
    if (answer.is === "in") this.#accept(answer.pass ?? this.#pass);
    else if (answer.is === "stranger" && this.#pass === had) this.#pass = null;
    return answer;
  }

  async renewIfDue() {
    if (!this.#isIn || this.#around.nowMs() - this.#renewedMs < RENEW_MS) return;
    const answer = await this.renew();
    // After a long sleep cookie and pass may have expired while the link is still valid.
    if (answer.is === "stranger" && this.token !== null) await this.present({ token: this.token });
  }

  /** @param {string|null} pass */
  #accept(pass) {
    this.#isIn = true;
    this.#renewedMs = this.#around.nowMs();
    if (pass === this.#pass) return;
    this.#pass = pass;
    this.dispatchEvent(new Event("pass"));
  }
}
