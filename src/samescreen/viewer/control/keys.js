// @ts-check
// Keyboard events of a page as input events, and which keys are down. Pure but for its state: no listeners, no timers.
// The place and the character of a key both go to the host, which alone knows its own layout.

import { PLACES } from "./places.js";
import { MODS } from "./wire.js";

/** @typedef {import("./wire.js").InputEvent} InputEvent */
/** @typedef {Pick<KeyboardEvent, "code"|"key"|"location"|"repeat"|"isComposing"|"keyCode"|"shiftKey"|"ctrlKey"|"altKey"|"metaKey"> & {getModifierState: (name: string) => boolean}} Pressed */

// What older browsers, and a keyboard without a place (a phone's), call a key.
/** @type {Record<string, string>} */
const OTHER_NAMES = { OSLeft: "MetaLeft", OSRight: "MetaRight", Esc: "Escape", Del: "Delete", Return: "Enter" };
/** @type {Record<string, string>} */
const OF_MAC = { MetaLeft: "ControlLeft", MetaRight: "ControlRight" };
const COMPOSING = 229;
const MODIFIER = /^(?:Shift|Control|Alt|Meta|OS)/u;
const SIDED = { Shift: 1, Control: 1, Alt: 1, Meta: 1 };

export class Keys {
  #isMac;
  /** The places that keys had when they went down, by what the browser calls the key. @type {Map<string, number>} */ #down = new Map();

  /** @param {{isMac: boolean}} on  on a Mac, Cmd is Ctrl for the host */
  constructor({ isMac }) {
    this.#isMac = isMac;
  }

  /** The places that are down. */
  get down() {
    return [...this.#down.values()];
  }

  /**
   * @param {Pressed} event  a keydown
   * @returns {InputEvent[]|null} null: not a key but the beginning of a text, which the page's text field must get
   */
  press(event) {
    if (event.isComposing || event.keyCode === COMPOSING || ["Process", "Dead", "Unidentified"].includes(event.key)) return null;
    const code = this.#placeOf(event);
    const char = isCharacter(event.key) ? event.key : "";
    if (code === undefined) return char === "" ? [] : [{ kind: "text", text: char }];
    const name = nameOf(event);
    if (this.#down.has(name) || this.down.includes(code)) return []; // the host repeats what is held
    const mods = this.#modsOf(event);
    /** @type {InputEvent} */
    const down = { kind: "key", is_down: true, code, mods, char };
    // A Mac reports no keyup for a key that was pressed with Cmd.
    const isCommand = this.#isMac && event.metaKey && !event.key.startsWith("Meta");
    // Nor does every phone for the keys of its keyboard, which have no place, and which it repeats by itself.
    const isOfPhone = event.code === "" && !(event.key in SIDED);
    if (isCommand || isOfPhone)
      return [down, { kind: "key", is_down: false, code, mods, char }];
    const lifted = this.#isMac && event.key === "Meta" ? this.#liftBeforeCommand(mods) : [];
    this.#down.set(name, code);
    return [...lifted, down];
  }

  /**
   * @param {Pressed} event  a keyup
   * @returns {InputEvent[]}
   */
  lift(event) {
    const name = nameOf(event);
    const code = this.#down.get(name);
    if (code === undefined) return [];
    this.#down.delete(name);
    return [{ kind: "key", is_down: false, code, mods: this.#modsOf(event), char: "" }];
  }

  /** Everything is up: the page lost the keyboard. */
  clear() {
    this.#down.clear();
  }

  /** A Mac reports no keyup while Cmd is down, of a key that went down before it either. @param {number} mods @returns {InputEvent[]} */
  #liftBeforeCommand(mods) {
    const others = [...this.#down].filter(([name]) => !MODIFIER.test(name));
    for (const [name] of others) this.#down.delete(name);
    return others.map(([, code]) => ({ kind: "key", is_down: false, code, mods, char: "" }));
  }

  /** @param {Pressed} event */
  #placeOf({ code, key, location }) {
    const isNamed = !isCharacter(key);
    // With Num Lock off, the keypad's keys are those that their names say.
    const name = code === "" || (isNamed && code.startsWith("Numpad") && key in PLACES) ? key : code;
    const place = OTHER_NAMES[name] ?? sided(name, location);
    return PLACES[this.#isMac ? (OF_MAC[place] ?? place) : place];
  }

  /** @param {Pressed} event */
  #modsOf(event) {
    const isAltGr = event.key === "AltGraph" || event.getModifierState("AltGraph");
    const isOption = this.#isMac && event.altKey && isCharacter(event.key); // it makes characters, as AltGr does
    return (
      (event.shiftKey ? MODS.shift : 0) |
      (event.ctrlKey || (this.#isMac && event.metaKey) ? MODS.ctrl : 0) |
      (event.altKey && !isOption ? MODS.alt : 0) |
      (event.metaKey && !this.#isMac ? MODS.meta : 0) |
      (isAltGr || isOption ? MODS.altgr : 0)
    );
  }
}

/**
 * Whether Ctrl, Alt and Shift are down together: when one of them is lifted next, control goes back to the host. Without such keys, a person
 * who has no mouse could not leave. With one more key they are a shortcut of the host.
 * @param {Pressed} event  a keydown
 */
export function givesBack(event) {
  return event.ctrlKey && event.altKey && event.shiftKey && !event.getModifierState("AltGraph") && MODIFIER.test(event.code || event.key);
}

/** The same at keydown and keyup, whatever Shift and Num Lock did meanwhile. @param {Pressed} event */
function nameOf({ code, key, location }) {
  return code || `${key} ${location}`;
}

/** @param {string} key */
function isCharacter(key) {
  return [...key].length === 1;
}

/**
 * @param {string} name
 * @param {number} location
 */
function sided(name, location) {
  if (!(name in SIDED)) return name === " " ? "Space" : name;
  return name + (location === 2 ? "Right" : "Left");
}
