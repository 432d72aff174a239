// @ts-check
// Where on the picture something small changed: the line that somebody types, or the cursor while the picture has it. Either thread. Pure.

/** @typedef {import("./wire.js").Region} Region */

// A larger change is a window or a page that moved, and says nothing of where to look.
const SMALL_SHARE = 0.06;

/**
 * The middle of the smallest change.
 * @param {Region[]} damage  of one picture; empty: all of it
 * @param {{width: number, height: number}} picture
 * @returns {{x: number, y: number}|null} in shares of the picture; null: nothing small changed
 */
export function placeOf(damage, { width, height }) {
  let best = null;
  let least = width * height * SMALL_SHARE;
  for (const region of damage) {
    const area = region.width * region.height;
    if (area === 0 || area >= least) continue;
    least = area;
    best = { x: (region.x + region.width / 2) / width, y: (region.y + region.height / 2) / height };
  }
  return best;
}
