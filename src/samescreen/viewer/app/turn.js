// @ts-check
// A picture turned by quarters, clockwise: its size, its places, and the style of the canvas that shows it. Pure.

/** @typedef {import("./zoom.js").Point} Point */
/** @typedef {import("./zoom.js").Size} Size */
/** @typedef {0|1|2|3} Quarters */
/** @typedef {{left: number, top: number, width: number, height: number}} Box  screen pixels, of the turned picture */

/**
 * @param {Size} picture
 * @param {Quarters} quarters
 * @returns {Size}
 */
export function turnedSize({ width, height }, quarters) {
  return quarters % 2 === 0 ? { width, height } : { width: height, height: width };
}

/**
 * Where a place of the picture is when the picture is turned.
 * @param {Size} picture
 * @param {Quarters} quarters
 * @param {Point} place
 * @returns {Point}
 */
export function turnedPlace({ width, height }, quarters, { x, y }) {
  if (quarters === 1) return { x: height - y, y: x };
  if (quarters === 2) return { x: width - x, y: height - y };
  return quarters === 3 ? { x: y, y: width - x } : { x, y };
}

/**
 * By layout where that is exact; else by a transform. Layout cuts lengths off at 64ths and rounds them to whole CSS pixels, which blurs at
 * 3 pixels a CSS pixel. A transformed canvas is exact at any ratio, but Chromium often shows it a frame later.
 * @param {Size} picture  before it is turned
 * @param {Quarters} quarters
 * @param {Box} box
 * @param {number} ratio  screen pixels of a CSS pixel
 */
export function styleOf(picture, quarters, { left, top, width, height }, ratio) {
  if (quarters === 0 && [left, top, width, height].every((length) => Number.isInteger(length / ratio))) {
    const [x, y, w, h] = [left, top, width, height].map((length) => `${length / ratio}px`);
    return { left: x, top: y, width: w, height: h, transform: "none" };
  }
  // The canvas turns around its top left corner, which must then be another corner of the box.
  const x = left + (quarters === 1 || quarters === 2 ? width : 0);
  const y = top + (quarters === 2 || quarters === 3 ? height : 0);
  const shown = turnedSize({ width, height }, quarters);
  return {
    left: "0",
    top: "0",
    width: `${picture.width}px`,
    height: `${picture.height}px`,
    transform:
      `translate(${x / ratio}px, ${y / ratio}px) ` +
      (quarters === 0 ? "" : `rotate(${quarters * 90}deg) `) +
      `scale(${shown.width / picture.width / ratio}, ${shown.height / picture.height / ratio})`,
  };
}
