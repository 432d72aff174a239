// @ts-check
// Gets this page access: by the token of the link, the cookie of an earlier visit, or a PIN that the reader types. Main thread.
// It stores no token and no PIN.

import { byId } from "./memory.js";
import { sealIn, takeToken, tokenIn } from "./token.js";

/** @typedef {import("./texts.js").TextKey} TextKey */
/** @typedef {import("./cause.js").Trouble} Trouble */
/** @typedef {import("./door.js").Outcome} Outcome */
/** @typedef {import("./door.js").Credential} Credential */
/** @typedef {{key: TextKey, n?: number}|{trouble: Trouble}} Complaint */
/** @typedef {{token: string|null, knock: Promise<import("./lease.js").Knock>}} Begun  `token`: the one that `knock` offers */

/** The host did not answer, or refused the request itself. */
export class Troubled extends Error {
  /** @param {Trouble} trouble */
  constructor(trouble) {
    super(trouble.reason);
    this.trouble = trouble;
  }
}

/**
 * What the reader typed or pasted: a PIN, a link, or the token alone.
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

/**
 * @param {Credential} credential
 * @param {Outcome} answer
 * @returns {Complaint|null} null: the page has access
 */
function complaintOf(credential, answer) {
  if (answer.is === "in") return null;
  if (answer.is === "trouble") return { trouble: answer.trouble };
  if (answer.is === "wait") return { key: "login.wait", n: answer.seconds };
  return { key: "token" in credential ? "login.link-wrong" : "login.wrong" };
}

export class Login {
  #texts;
  #lease;
  #onShown;
  #form = /** @type {HTMLFormElement} */ (byId("login"));
  #input = /** @type {HTMLInputElement} */ (byId("pin"));
  #submit = /** @type {HTMLButtonElement} */ (this.#form.querySelector("button"));
  /** @type {Complaint|null} */ #complaint = null;
  /** From the address bar; kept until the host has answered. @type {string|null} */ #token;
  /** The first attempt, where it began before this did. @type {Promise<import("./lease.js").Knock>|null} */ #knock;
  /** @type {() => void} */ #letIn = () => {};
  /** A link's token that the host has not looked at, since guesses from this address must wait. @type {string|null} */ #held = null;
  /** The host has not answered the last credential yet. */ #isTrying = false;
  /** Seconds until the host takes another guess. */ #waitS = 0;
  /** @type {ReturnType<typeof setInterval>|undefined} */ #countdown;

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {import("./lease.js").Lease} lease
   * @param {() => void} onShown
   * @param {Begun|null} [begun]
   */
  constructor(texts, lease, onShown, begun = null) {
    this.#texts = texts;
    this.#lease = lease;
    this.#onShown = onShown;
    this.#token = begun ? begun.token : takeToken();
    this.#knock = begun?.knock ?? null;
    texts.addEventListener("change", () => this.#writeComplaint());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#try();
    });
    this.#input.addEventListener("input", () => {
      this.#held = null;
      if (this.#waitS === 0) this.#complain(null);
      if (credentialIn(this.#input.value)) this.#try();
    });
  }

  /** The form is open. */
  get isAsking() {
    return !this.#form.hidden;
  }

  /**
   * Resolves once the host lets this page in.
   * @returns {Promise<void>}
   * @throws {Troubled}
   */
  async enter() {
    const { isIn, complaint } = await this.#tryStored();
    if (this.#token !== null) return this.enter(); // the reader pasted another link meanwhile
    if (!isIn) await this.ask(complaint);
  }

  /**
   * The reader pasted a link into the address bar before the page had access.
   * @param {string} token
   */
  take(token) {
    if (!this.isAsking) return void (this.#token = token);
    this.#input.value = token;
    this.#tryWith({ token });
  }

  /**
   * Shows the form until a PIN or link is right.
   * @param {Complaint|null} complaint
   */
  async ask(complaint) {
    this.#form.hidden = false;
    this.#onShown();
    byId("veil").hidden = false;
    this.#input.value = "";
    this.#complain(complaint);
    this.#input.focus();
    await new Promise((resolve) => (this.#letIn = () => resolve(undefined)));
    this.#waitFor(0);
    this.#form.hidden = true;
    byId("veil").hidden = true;
  }

  /**
   * @returns {Promise<{isIn: boolean, complaint: Complaint|null}>}
   * @throws {Troubled}
   */
  async #tryStored() {
    const token = this.#knock ? this.#token : (this.#token ?? this.#lease.token);
    const knocking = this.#knock ?? this.#lease.knock(token);
    this.#knock = null;
    const { isIn, offered, renewed } = await knocking;
    if (offered?.is === "trouble") throw new Troubled(offered.trouble);
    if (this.#token === token) this.#token = null;
    this.#held = offered?.is === "wait" ? token : null;
    if (renewed?.is === "trouble") throw new Troubled(renewed.trouble);
    return { isIn, complaint: token && offered ? complaintOf({ token }, offered) : null };
  }

  #try() {
    const seal = sealIn(this.#input.value);
    if (seal !== null && seal !== sealIn(location.hash)) {
      // The link of sealed pictures: the page begins anew with it (app.js).
      location.hash = this.#input.value.slice(this.#input.value.indexOf("#"));
      return;
    }
    const credential = credentialIn(this.#input.value);
    if (credential) this.#tryWith(credential);
    else if (this.#waitS === 0) this.#complain({ key: "login.empty" });
  }

  /** @param {Credential} credential */
  async #tryWith(credential) {
    // The host lets a link in although guesses from this address must wait, so the page must not hold one back.
    const mustWait = this.#waitS > 0 && !("token" in credential);
    if (this.#isTrying || mustWait) return;
    this.#isTrying = true;
    this.#enableSubmit();
    const answer = await this.#lease.present(credential);
    const complaint = complaintOf(credential, answer);
    this.#held = answer.is === "wait" && "token" in credential ? credential.token : null;
    this.#isTrying = false;
    this.#enableSubmit();
    if (complaint === null) return this.#letIn();
    this.#complain(complaint);
    this.#input.select();
  }

  /** @param {Complaint|null} complaint */
  #complain(complaint) {
    this.#complaint = complaint;
    this.#waitFor(complaint !== null && "n" in complaint ? (complaint.n ?? 0) : 0);
    this.#writeComplaint();
  }

  /** @param {number} seconds  0: the wait is over */
  #waitFor(seconds) {
    clearInterval(this.#countdown);
    this.#waitS = seconds;
    if (seconds > 0) this.#countdown = setInterval(() => this.#countDown(), 1000);
    this.#enableSubmit();
  }

  #countDown() {
    this.#waitS -= 1;
    if (this.#waitS > 0) this.#complaint = { key: "login.wait", n: this.#waitS };
    else this.#complain(null);
    this.#writeComplaint();
    if (this.#waitS === 0 && this.#held !== null) this.#tryWith({ token: this.#held });
  }

  #enableSubmit() {
    this.#submit.disabled = this.#isTrying || this.#waitS > 0;
  }

  #writeComplaint() {
    byId("login-error").textContent = this.#complaint ? this.#words(this.#complaint) : "";
    byId("login-lines").textContent = this.#complaint && "trouble" in this.#complaint ? this.#complaint.trouble.lines.join("\n") : "";
    this.#input.setAttribute("aria-invalid", String(this.#complaint !== null));
  }

  /** @param {Complaint} complaint */
  #words(complaint) {
    if ("key" in complaint) return this.#texts.of(complaint.key, complaint.n);
    const of = (/** @type {"title"|"text"} */ part) => this.#texts.of(/** @type {TextKey} */ (`${complaint.trouble.reason}.${part}`));
    return this.#texts.sentences(of("title"), of("text"));
  }
}
