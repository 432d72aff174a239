// @ts-check
// Keeps this page let in, from the first login to the last: logs in until the host answers, finds out why a WebSocket did not open, and
// takes a link that is pasted over the address. Main thread. The form is login.js, the requests are the lease's.

import { backoffMs } from "../socket.js";
import { NO_WEBSOCKET } from "./cause.js";
import { isFramed } from "./framed.js";
import { Troubled } from "./login.js";
import { keepsCookies } from "./memory.js";

/**
 * @typedef {object} Page  what it needs of the page
 * @property {import("./lease.js").Lease} lease
 * @property {import("./login.js").Login} login
 * @property {import("./status.js").StatusCard} status
 * @property {import("./notice.js").Notice} notice
 * @property {() => import("../viewer.js").Viewer|null} viewer  of the large picture
 * @property {(after: Promise<unknown>) => void} reopen  replaces that viewer by one that connects after it resolves
 */

export class Admission {
  #page;
  /** Ends the wait before the next login attempt. */ hurry = () => {};
  #isEntering = false;
  /** This page logged in; whether the browser kept the cookie is not known yet. */ #isCookieNew = false;
  /** WebSockets in a row that did not open although the host accepts this page's login. */ #unopened = 0;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
  }

  /** Tries to log in until the host answers. */
  async enter() {
    const { login, lease, status } = this.#page;
    this.#isEntering = true;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await login.enter();
        this.#isEntering = false;
        this.#isCookieNew = lease.pass !== null && !isFramed;
        return status.explain(null);
      } catch (error) {
        if (!(error instanceof Troubled)) throw error;
        const delayMs = Math.max(500, backoffMs(attempt, Math.random()));
        status.explain(error.trouble);
        status.show({ state: "reconnecting", reason: "unreachable", detail: "", retryAtMs: Date.now() + delayMs });
        await new Promise((resolve) => {
          this.hurry = () => resolve(undefined);
          setTimeout(this.hurry, delayMs);
        });
      }
    }
  }

  /** The host has let the viewer in. */
  welcomed() {
    this.#unopened = 0;
    this.#page.status.explain(null);
    if (this.#isCookieNew) void this.#lookAtCookie();
  }

  /** The WebSocket did not open. Browsers hide the reason from pages; the host gives it in the response to an ordinary request. */
  async askWhy() {
    const { lease, status, viewer, reopen } = this.#page;
    const from = viewer();
    const answer = await lease.renew();
    if (this.#isEntering || from !== viewer()) return;
    this.#unopened = answer.is === "in" ? this.#unopened + 1 : 0;
    // A single failure may be a host that has just restarted.
    if (this.#unopened > 1) status.explain(NO_WEBSOCKET);
    else if (answer.is === "trouble") status.explain(answer.trouble.reason === "unreachable" ? null : answer.trouble);
    else if (answer.is !== "in") reopen(this.enter());
  }

  /**
   * The reader pasted a link over this page's address. Only the fragment changed, so the browser loads no page.
   * @param {string} token
   */
  async follow(token) {
    const { lease, login, notice, viewer } = this.#page;
    if (this.#isEntering) {
      login.take(token);
      return this.hurry();
    }
    if (token === lease.token) return notice.show(null);
    const answer = await lease.present({ token });
    if (answer.is === "in") {
      notice.show(null);
      viewer()?.retry();
    } else if (answer.is === "wait") notice.show("login.wait", answer.seconds);
    else notice.show(answer.is === "trouble" ? "login.unreachable" : "notice.link-wrong");
  }

  /** Without cookies the pass of the login gives access while this page is open; a notice says so. */
  async #lookAtCookie() {
    this.#isCookieNew = false;
    const answer = await this.#page.lease.renew();
    if (answer.is === "in" && !answer.keptCookie) this.#page.notice.show(keepsCookies() ? "notice.cookie-lost" : "notice.cookies-off");
  }
}
