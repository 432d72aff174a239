// @ts-check
// Modifiers of the key bar, for those who have one finger: tapped once, one holds for the next key, tap or click; tapped twice, until it is
// tapped again. Pure but for its state. Only a locked one is down at the host meanwhile.

import { PLACES } from "./places.js";
import { MODS } from "./wire.js";

/** @typedef {import("./wire.js").InputEvent} InputEvent */
/** @typedef {"ctrl"|"alt"|"shift"|"meta"} Modifier */
/** @typedef {"off"|"once"|"locked"} Hold */

/** @type {Record<Modifier, number>} */
const CODES = { ctrl: PLACES.ControlLeft, alt: PLACES.AltLeft, shift: PLACES.ShiftLeft, meta: PLACES.MetaLeft };

/** Where a us keyboard has its characters. @type {[string, string, string][]} */
const ROWS = [
  ["Backquote Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal", "`1234567890-=", "~!@#$%^&*()_+"],
  ["KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Backslash", "qwertyuiop[]\\", "QWERTYUIOP{}|"],
  ["KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Space", "asdfghjkl;' ", 'ASDFGHJKL:"'],
  ["KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash", "zxcvbnm,./", "ZXCVBNM<>?"],
];
/** @type {Map<string, number>} */
const OF_CHARS = new Map(ROWS.flatMap(([names, ...rows]) => rows.flatMap((row) => [...row].map((char, at) => /** @type {[string, number]} */ ([char, PLACES[names.split(" ")[at]]])))));

export class Sticky {
  /** @type {Map<Modifier, Hold>} */ #holds = new Map();
  /** Modifiers that are down for a press under way. @type {Modifier[]} */ #used = [];

  /** @param {Modifier} modifier */
  holdOf(modifier) {
    return this.#holds.get(modifier) ?? "off";
  }

  /** Whether any counts for the next key. */
  get isOn() {
    return this.#holds.size > 0;
  }

  /** As bits of a key event. */
  get mods() {
    return [...this.#holds.keys()].reduce((bits, modifier) => bits | MODS[modifier], 0);
  }

  /** The places that are down at the host. */
  get down() {
    const locked = [...this.#holds].filter(([, hold]) => hold === "locked").map(([modifier]) => modifier);
    return [...new Set([...locked, ...this.#used])].map((modifier) => CODES[modifier]);
  }

  /**
   * Once, locked, off.
   * @param {Modifier} modifier
   * @returns {InputEvent[]}
   */
  tap(modifier) {
    const hold = this.holdOf(modifier);
    if (hold === "off") this.#holds.set(modifier, "once");
    else if (hold === "once") this.#holds.set(modifier, "locked");
    else this.#holds.delete(modifier);
    return hold === "off" ? [] : [keyEvent(CODES[modifier], hold === "once", this.mods)];
  }

  /** Before a press that they count for. @returns {InputEvent[]} */
  begin() {
    const once = [...this.#holds].filter(([, hold]) => hold === "once").map(([modifier]) => modifier);
    const fresh = once.filter((modifier) => !this.#used.includes(modifier));
    this.#used.push(...fresh);
    return fresh.map((modifier) => keyEvent(CODES[modifier], true, this.mods));
  }

  /** After it: those that held for one are off. @returns {InputEvent[]} */
  end() {
    const used = this.#used.splice(0);
    for (const modifier of used) if (this.holdOf(modifier) === "once") this.#holds.delete(modifier);
    return used.filter((modifier) => this.holdOf(modifier) === "off").map((modifier) => keyEvent(CODES[modifier], false, this.mods));
  }

  /**
   * A key that is pressed and lifted.
   * @param {number} code
   * @param {string} [char]
   * @returns {InputEvent[]}
   */
  around(code, char = "") {
    const { mods } = this;
    return [...this.begin(), keyEvent(code, true, mods, char), keyEvent(code, false, mods, char), ...this.end()];
  }

  /**
   * A text that was typed while one counts, as keys.
   * @param {string} text
   * @returns {InputEvent[]|null} null: it is no shortcut, but a text
   */
  chord(text) {
    const code = OF_CHARS.get(text);
    return this.isOn && code !== undefined ? this.around(code, text) : null;
  }

  /** The page lost the keyboard. */
  clear() {
    this.#holds.clear();
    this.#used = [];
  }
}

/**
 * @param {number} code
 * @param {boolean} isDown
 * @param {number} mods
 * @param {string} [char]
 * @returns {InputEvent}
 */
function keyEvent(code, isDown, mods, char = "") {
  return { kind: "key", is_down: isDown, code, mods, char };
}
