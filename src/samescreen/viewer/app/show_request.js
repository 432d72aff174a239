// @ts-check
// The question of the host whether this person shows something of theirs. Main thread. It loads when the host asks first. A yes captures
// nothing: the choice comes after it, in a click of its own.

import { byId } from "./memory.js";
import { advice } from "./show.js";

/** @typedef {import("../wire.js").ShowRequest} ShowRequest */
/** @typedef {import("../wire.js").ShowAnswer["answer"]} Answer */
/** @typedef {import("./shares.js").ShareEnd} ShareEnd */
/** @typedef {import("./texts/en.js").TextKey} TextKey */

/**
 * @typedef {object} Around  what it needs of the page
 * @property {(answer: Answer) => void} answer  to the host
 * @property {() => void} choose  the person may choose now what to show
 * @property {() => void} goSecure  the same page through https
 */

/** What a yes means here: what to know, the words of the button, the answer. @type {Record<"any"|"camera"|"secure", {note: TextKey, yes: TextKey, answer: Answer}>} */
const YES = {
  any: { note: "show.asked-note", yes: "show.yes", answer: "yes" },
  camera: { note: "show.no-screens", yes: "show.yes-camera", answer: "camera" },
  secure: { note: "show.insecure", yes: "show.secure", answer: "secure" },
};
/** @type {ShareEnd[]} */
const FAILURES = ["none", "busy", "failed"];

export class ShowQuestion {
  #texts;
  #around;
  #box = document.createElement("div");
  /** @type {ShowRequest} */ #request = { type: "show-request", state: "over", by: "" };
  /** This page gave the answer that the host has not confirmed yet. */ #hasAnswered = false;
  /** The host has said nothing yet to this page. */ #isFresh = true;

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {Around} around
   */
  constructor(texts, around) {
    this.#texts = texts;
    this.#around = around;
    this.#box.id = "show-request";
    this.#box.hidden = true;
    this.#box.setAttribute("role", "alertdialog");
    this.#box.setAttribute("aria-labelledby", "show-request-words");
    this.#box.style.flexWrap = "wrap";
    byId("messages").append(this.#box);
    texts.addEventListener("change", () => this.#draw());
  }

  /** @param {ShowRequest} request  how the question stands */
  show(request) {
    const [hasAnswered, isFresh] = [this.#hasAnswered, this.#isFresh];
    this.#hasAnswered = this.#isFresh = false;
    this.#request = request;
    this.#draw();
    if (request.state !== "accepted") return;
    // Another page of this person may have said yes: it goes on there. One that was just loaded goes on from before.
    if (hasAnswered && advice().isInsecure) this.#around.goSecure();
    else if (hasAnswered || isFresh) this.#around.choose();
  }

  /** A new connection, on which the host asks again if it still does. */
  welcomed() {
    this.#request = { ...this.#request, state: "over" };
    this.#draw();
  }

  /** @param {ShareEnd} why  a share has ended, or did not begin */
  ended(why) {
    if (this.#request.state !== "accepted") return;
    if (why === "denied") this.#around.answer("denied");
    else if (FAILURES.includes(why)) this.#around.answer("failed");
  }

  #draw() {
    this.#box.hidden = this.#request.state !== "asked";
    if (this.#box.hidden) return this.#box.replaceChildren();
    const { isInsecure, words } = advice();
    const { note, yes, answer } = YES[isInsecure ? "secure" : words === "show.no-screens" ? "camera" : "any"];
    const { by } = this.#request;
    const [text, strong, small] = [document.createElement("p"), document.createElement("strong"), document.createElement("small")];
    text.style.margin = "0";
    text.style.flex = "1 1 240px";
    strong.id = "show-request-words";
    strong.textContent = by ? this.#texts.of("show.asked-by").replace("{by}", () => by) : this.#texts.of("show.asked");
    small.textContent = this.#texts.of(note);
    small.style.display = "block";
    text.append(strong, small);
    this.#box.replaceChildren(text, this.#button(yes, answer), this.#button("show.no", "no"));
  }

  /** @param {TextKey} key @param {Answer} answer */
  #button(key, answer) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small";
    button.style.minHeight = "var(--touch)";
    button.style.marginRight = "16px";
    button.textContent = this.#texts.of(key);
    button.addEventListener("click", () => {
      this.#hasAnswered = true;
      this.#around.answer(answer);
    });
    return button;
  }
}
