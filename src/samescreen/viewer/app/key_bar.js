// @ts-check
// The bar of keys that a phone's keyboard lacks, with the buttons for that keyboard and for the trackpad. Main thread. It is there while
// this page has mouse and keyboard and a finger is what the person points with.

import { byId, lasting } from "./memory.js";

/** @typedef {import("./texts.js").TextKey} TextKey */
/** @typedef {import("../control/hands.js").Hands} Hands */
/** @typedef {import("../control/sticky.js").Modifier} Modifier */

/** What is on a key, what it is called, and its place, or the modifier that it is. @type {[string, TextKey, string][]} */
const KEYS = [
  ["Esc", "keybar.esc", "Escape"],
  ["Tab", "keybar.tab", "Tab"],
  ["Ctrl", "keybar.ctrl", "ctrl"],
  ["Alt", "keybar.alt", "alt"],
  ["Shift", "keybar.shift", "shift"],
  ["Super", "keybar.meta", "meta"],
  ["Del", "keybar.delete", "Delete"],
  ["Home", "keybar.home", "Home"],
  ["End", "keybar.end", "End"],
  ["←", "keybar.left", "ArrowLeft"],
  ["↑", "keybar.up", "ArrowUp"],
  ["↓", "keybar.down", "ArrowDown"],
  ["→", "keybar.right", "ArrowRight"],
];
const MODIFIERS = ["ctrl", "alt", "shift", "meta"];

export class KeyBar {
  #bar = byId("key-bar");
  #keyboard = byId("bar-keyboard");
  #trackpad = byId("bar-trackpad");
  /** @type {Hands|null} */ #hands = null;
  #isTouched = false;
  #isOpen = false;
  /** The keyboard has covered a part of the page. */ #wasSeen = false;
  #isTrackpad = lasting.recall("trackpad") === "yes";
  /** @type {Map<Modifier, HTMLElement>} */ #modifiers = new Map();

  /** @param {() => void} onTools  shows the page's bar, or hides it */
  constructor(onTools) {
    this.#isTouched = matchMedia("(pointer: coarse)").matches === true;
    globalThis.addEventListener("pointerdown", (event) => this.#touched(/** @type {PointerEvent} */ (event)), { capture: true, passive: true });
    byId("bar-keys").replaceChildren(...KEYS.map((key) => this.#made(...key)));
    byId("bar-tools").addEventListener("click", onTools);
    this.#keyboard.addEventListener("click", () => this.#open(!this.#isOpen));
    this.#trackpad.addEventListener("click", () => this.#push(!this.#isTrackpad));
    // Otherwise a tap takes the focus from the text field, and the keyboard goes.
    for (const name of ["mousedown", "pointerdown"]) this.#bar.addEventListener(name, (event) => event.preventDefault());
    globalThis.visualViewport?.addEventListener("resize", () => this.#place());
    globalThis.visualViewport?.addEventListener("scroll", () => this.#place());
  }

  /** @param {Hands|null} hands  that act; null: none do */
  follow(hands) {
    if (hands === this.#hands) return;
    this.#hands = hands;
    if (hands) hands.isTrackpad = this.#isTrackpad;
    this.#isOpen = false;
    this.draw();
  }

  /** Modifiers count, or count no more. */
  draw() {
    const isShown = this.#hands !== null && this.#isTouched;
    this.#bar.hidden = !isShown;
    document.documentElement.classList.toggle("with-keys", isShown);
    this.#keyboard.setAttribute("aria-pressed", String(this.#isOpen));
    this.#trackpad.setAttribute("aria-pressed", String(this.#isTrackpad));
    for (const [modifier, key] of this.#modifiers) {
      const hold = this.#hands?.screenKeys.holdOf(modifier) ?? "off";
      key.setAttribute("aria-pressed", String(hold !== "off"));
      key.dataset.hold = hold;
    }
    this.#place();
  }

  /**
   * @param {string} cap
   * @param {TextKey} label
   * @param {string} name
   */
  #made(cap, label, name) {
    const key = document.createElement("button");
    key.type = "button";
    key.textContent = cap;
    key.dataset.label = label; // texts.js names it, in the reader's language
    if (MODIFIERS.includes(name)) {
      const modifier = /** @type {Modifier} */ (name);
      this.#modifiers.set(modifier, key);
      key.addEventListener("click", () => this.#hands?.screenKeys.tapModifier(modifier));
    } else this.#listen(key, name);
    return key;
  }

  /**
   * A key that is down while a finger is on it, so that the host repeats it.
   * @param {HTMLElement} key
   * @param {string} name
   */
  #listen(key, name) {
    const press = (/** @type {boolean} */ isDown) => this.#hands?.screenKeys.press(name, isDown);
    key.addEventListener("pointerdown", () => press(true));
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) key.addEventListener(end, () => press(false));
    key.addEventListener("click", (event) => {
      if (event.detail !== 0) return; // a finger did both already
      press(true); // a screen reader
      press(false);
    });
  }

  /** @param {PointerEvent} event */
  #touched({ pointerType }) {
    if (this.#isTouched || pointerType !== "touch") return;
    this.#isTouched = true;
    this.draw();
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.#isOpen = isOpen;
    this.#wasSeen = false;
    this.#hands?.screenKeys.open(isOpen);
    this.draw();
  }

  /** @param {boolean} isOn */
  #push(isOn) {
    this.#isTrackpad = isOn;
    lasting.remember("trackpad", isOn ? "yes" : null);
    if (this.#hands) this.#hands.isTrackpad = isOn;
    this.draw();
  }

  /** The bar lies above the keyboard, and the picture above the bar. */
  #place() {
    const seen = globalThis.visualViewport;
    const keyboardPx = seen ? Math.max(0, Math.round(innerHeight - seen.offsetTop - seen.height)) : 0;
    const { style } = document.documentElement;
    style.setProperty("--keyboard", `${keyboardPx}px`);
    style.setProperty("--key-bar", `${this.#bar.hidden ? 0 : this.#bar.offsetHeight}px`);
    if (!this.#isOpen) return;
    if (this.#wasSeen && keyboardPx === 0) this.#open(false); // the person closed it by the phone's own means
    else this.#wasSeen = keyboardPx > 0;
  }
}
