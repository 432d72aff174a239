// @ts-check
// Events of pointer and keyboard as bytes. Twin of control/wire.py; docs/protocol.md draws the bytes, tests/vectors/control.json holds
// them. Pure.

/** @typedef {{kind: "move", x: number, y: number}} Move  pixels of the picture */
/** @typedef {{kind: "shift", dx: number, dy: number}} Shift  pixels of the picture that the mouse moved */
/** @typedef {{kind: "pen", x: number, y: number, pressure: number, tilt_x: number, tilt_y: number}} Pen  pressure to 65535, tilts in degrees */
/** @typedef {{kind: "button", number: number, is_down: boolean, x: number, y: number}} Button  as MouseEvent.button */
/** @typedef {{kind: "wheel", dx: number, dy: number, x: number, y: number}} Wheel  in 1/120 of a notch */
/** @typedef {{kind: "key", is_down: boolean, code: number, mods: number, char: string}} Key  a place of places.js; char "" for none */
/** @typedef {{kind: "text", text: string}} Text  at most MOST_TEXT_BYTES */
/** @typedef {{kind: "held", buttons: number, codes: number[]}} Held */
/** @typedef {{kind: "release"}} Release */
/** @typedef {{kind: "room", width: number, height: number}} Room  that the page has for the picture, in CSS pixels */
/** @typedef {Move|Shift|Pen|Button|Wheel|Key|Text|Held|Release|Room} InputEvent */

export const MODS = Object.freeze({ shift: 1, ctrl: 2, alt: 4, meta: 8, altgr: 16 });
export const MOST_TEXT_BYTES = 1024;
const HEADER_BYTES = 8;
/** As both coordinates of a button or a wheel: where the host's pointer is. */
export const HERE = 65_535;
const encoder = new TextEncoder();

/** @param {number} value */
const u16 = (value) => [(value >> 8) & 0xff, value & 0xff];
/** @param {number} value */
const u32 = (value) => [...u16(value >>> 16), ...u16(value & 0xffff)];

/** @type {{[Kind in InputEvent["kind"]]: (event: Extract<InputEvent, {kind: Kind}>) => number[]}} */
const BYTES = {
  move: ({ x, y }) => [1, ...u16(x), ...u16(y)],
  button: ({ number, is_down: down, x, y }) => [2, number, Number(down), ...u16(x), ...u16(y)],
  wheel: ({ dx, dy, x, y }) => [3, ...u16(dx), ...u16(dy), ...u16(x), ...u16(y)],
  shift: ({ dx, dy }) => [4, ...u16(dx), ...u16(dy)],
  pen: ({ x, y, pressure, tilt_x: tiltX, tilt_y: tiltY }) => [9, ...u16(x), ...u16(y), ...u16(pressure), tiltX & 0xff, tiltY & 0xff],
  key: ({ is_down: down, code, mods, char }) => [5, Number(down), ...u16(code), ...u16(mods), ...u32(char.codePointAt(0) ?? 0)],
  text: ({ text }) => {
    const bytes = encoder.encode(text);
    return [6, ...u16(bytes.length), ...bytes];
  },
  held: ({ buttons, codes }) => [7, ...u16(buttons), codes.length, ...codes.flatMap(u16)],
  release: () => [10],
  room: ({ width, height }) => [11, ...u16(width), ...u16(height)],
};

/**
 * One message about the picture of `track`.
 * @param {{track: number, sequence: number, pageMs: number, answered?: boolean}} header  answered: the host says when it was carried out
 * @param {InputEvent[]} events
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function inputMessage({ track, sequence, pageMs, answered = false }, events) {
  const bodies = events.map((event) => /** @type {(event: InputEvent) => number[]} */ (BYTES[event.kind])(event));
  const message = new Uint8Array(HEADER_BYTES + bodies.reduce((sum, body) => sum + body.length, 0));
  message.set([track, Number(answered), ...u16(sequence), ...u32(pageMs)]);
  let at = HEADER_BYTES;
  for (const body of bodies) {
    message.set(body, at);
    at += body.length;
  }
  return message;
}

/**
 * A long text in parts that fit into messages; no part ends within a character.
 * @param {string} text
 */
export function textParts(text) {
  /** @type {string[]} */
  const parts = [];
  let part = "";
  for (const char of text) {
    if (encoder.encode(part + char).length > MOST_TEXT_BYTES) {
      parts.push(part);
      part = "";
    }
    part += char;
  }
  return part === "" ? parts : [...parts, part];
}
