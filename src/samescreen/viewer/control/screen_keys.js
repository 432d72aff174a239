// @ts-check
// Keys without a keyboard: the text field that phones and input methods write into, and the keys and modifiers of the key bar. Main thread.
// Hands send what comes out, and say when they let everything go.

import { PLACES } from "./places.js";
import { Sticky } from "./sticky.js";
import { Typing } from "./typing.js";
import { textParts } from "./wire.js";

/** @typedef {import("./wire.js").InputEvent} InputEvent */

export class ScreenKeys {
  #send;
  #onChange;
  #sticky = new Sticky();
  /** Keys of the key bar that are down. @type {Set<number>} */ #barKeys = new Set();
  /** Browsers give text (input methods, dead keys, phones) to a text field only. */ field = document.createElement("textarea");
  #typing;

  /**
   * @param {(events: InputEvent[]) => void} send
   * @param {() => void} onChange  modifiers count, or count no more
   * @param {AbortSignal} signal  takes the field away
   */
  constructor(send, onChange, signal) {
    this.#send = send;
    this.#onChange = onChange;
    const typed = { type: (/** @type {string} */ text) => this.#type(text), tap: (/** @type {string} */ name) => this.#emit(this.#sticky.around(PLACES[name])) };
    this.#typing = new Typing(this.field, typed, navigator.languages);
    this.#prepare(signal);
  }

  /** @param {AbortSignal} signal */
  #prepare(signal) {
    const { field } = this;
    Object.assign(field, { className: "hands", autocapitalize: "off", spellcheck: false, tabIndex: -1 });
    for (const name of ["autocomplete", "autocorrect"]) field.setAttribute(name, "off");
    field.setAttribute("aria-hidden", "true");
    field.style.cssText = "position:fixed;left:0;bottom:0;width:1px;height:1px;opacity:0;border:0;padding:0;resize:none;font-size:16px";
    // A phone shows its keyboard when the person asks for it.
    if (matchMedia("(pointer: coarse)").matches === true) field.inputMode = "none";
    document.body.append(field);
    this.focus();
    field.addEventListener("input", (event) => this.#typing.changed(/** @type {any} */ (event)), { signal });
    field.addEventListener("compositionend", () => this.#typing.composed(), { signal });
    signal.addEventListener("abort", () => field.remove());
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  /** What they hold at the host. */
  get down() {
    return [...this.#sticky.down, ...this.#barKeys];
  }

  /** @param {import("./sticky.js").Modifier} modifier  of the key bar */
  tapModifier(modifier) {
    this.#emit(this.#sticky.tap(modifier));
  }

  /** @param {import("./sticky.js").Modifier} modifier */
  holdOf(modifier) {
    return this.#sticky.holdOf(modifier);
  }

  /**
   * A key of the key bar.
   * @param {string} name  of its place
   * @param {boolean} isDown
   */
  press(name, isDown) {
    const code = PLACES[name];
    if (isDown === this.#barKeys.has(code)) return;
    if (isDown) this.#barKeys.add(code);
    else this.#barKeys.delete(code);
    this.#emit(this.around(isDown, [{ kind: "key", is_down: isDown, code, mods: this.#sticky.mods, char: "" }]));
    this.elsewhere();
  }

  /**
   * With the modifiers that count for one press.
   * @param {boolean} isDown
   * @param {InputEvent[]} events  a press, or its end
   * @returns {InputEvent[]}
   */
  around(isDown, events) {
    if (!this.#sticky.isOn) return events;
    const all = isDown ? [...this.#sticky.begin(), ...events] : [...events, ...this.#sticky.end()];
    this.#onChange();
    return all;
  }

  /** The keyboard of a phone, in a click. @param {boolean} isOpen */
  open(isOpen) {
    this.#typing.open(isOpen);
    this.field.inputMode = isOpen ? "text" : "none";
    this.field.blur(); // otherwise the browser does not look at the mode again
    if (isOpen) this.focus();
  }

  /** The host's place of writing has moved: what the field has is not before it any more. */
  elsewhere() {
    if (this.#typing.isOpen) this.#typing.reset();
  }

  /** Everything is let go. */
  clear() {
    this.#sticky.clear();
    this.#barKeys.clear();
    this.#onChange();
  }

  /** @param {string} text */
  #type(text) {
    const chord = this.#sticky.chord(text);
    this.#emit(chord ?? textParts(text).map((part) => ({ kind: "text", text: part })));
    if (chord) this.#typing.reset(); // the shortcut wrote nothing
  }

  /** @param {InputEvent[]} events */
  #emit(events) {
    if (events.length > 0) this.#send(events);
    this.#onChange();
  }
}
