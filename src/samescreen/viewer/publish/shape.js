// @ts-check
// The sizes, codec strings and bitrates of what a page publishes. Either thread. Pure.

/** @typedef {{width: number, height: number}} Size */

/** ITU-T H.264 Table A-1: level_idc, macroblocks a second, macroblocks a picture. */
const LEVELS = [
  [31, 108_000, 3_600],
  [32, 216_000, 5_120],
  [40, 245_760, 8_192],
  [42, 522_240, 8_704],
  [50, 589_824, 22_080],
  [51, 983_040, 36_864],
  [52, 2_073_600, 36_864],
];
const BITS_A_PIXEL = 0.07;
const LEAST_BPS = 400_000;
const MOST_BPS = 8_000_000;
const LOW_LONG_SIDE = 640;
export const LOW = Object.freeze({ bitrateBps: 400_000, fps: 10 });

/**
 * The size to encode a picture of this size in: within the host's bounds, and a multiple of `step` that the encoder takes.
 * @param {Size} size  of what is captured
 * @param {{long_side: number, short_side: number}} bounds
 * @param {number} step  2; 16 where an encoder distorts other sizes (Android, crbug 1084702)
 * @returns {{shown: Size, crop: Size}}  `crop`: the part of the captured picture; `shown`: what that is scaled to
 */
export function shapeOf({ width, height }, bounds, step) {
  const long = Math.max(width, height);
  const short = Math.min(width, height);
  const scale = Math.min(1, bounds.long_side / long, bounds.short_side / short);
  const whole = (/** @type {number} */ side) => Math.max(step, Math.floor(side / step) * step);
  const shown = { width: whole(width * scale), height: whole(height * scale) };
  const even = (/** @type {number} */ side) => Math.max(2, side - (side % 2));
  const crop = scale === 1 ? { width: Math.min(shown.width, even(width)), height: Math.min(shown.height, even(height)) } : { width: even(width), height: even(height) };
  return { shown, crop };
}

/**
 * The size of the low rendition of a picture of this size.
 * @param {Size} size
 * @param {number} step
 * @returns {Size}
 */
export function lowShape({ width, height }, step) {
  const scale = Math.min(0.5, LOW_LONG_SIDE / Math.max(width, height));
  const whole = (/** @type {number} */ side) => Math.max(step, Math.floor((side * scale) / step) * step);
  return { width: whole(width), height: whole(height) };
}

/**
 * The codec string of Constrained Baseline at the lowest level that holds such pictures.
 * @param {Size} size
 * @param {number} fps
 */
export function codecFor({ width, height }, fps) {
  const macroblocks = Math.ceil(width / 16) * Math.ceil(height / 16);
  const found = LEVELS.find(([, perSecond, perPicture]) => macroblocks <= perPicture && macroblocks * fps <= perSecond);
  const level = (found ?? LEVELS[LEVELS.length - 1])[0];
  return `avc1.42E0${level.toString(16).toUpperCase().padStart(2, "0")}`;
}

/**
 * A bitrate that is enough for such pictures.
 * @param {Size} size
 * @param {number} fps
 */
export function bitrateFor({ width, height }, fps) {
  return Math.round(Math.min(MOST_BPS, Math.max(LEAST_BPS, width * height * fps * BITS_A_PIXEL)));
}

/**
 * Whether an access unit (Annex B) is a keyframe, by its slices: encoders set the flag of a chunk wrongly (mediabunny#365).
 * @param {Uint8Array} unit
 */
export function isKeyframe(unit) {
  for (let at = 2; at < unit.length - 1; at += 1) {
    if (unit[at] > 1) at += 2;
    else if (unit[at] === 1 && unit[at - 1] === 0 && unit[at - 2] === 0) {
      const type = unit[at + 1] & 0x1f;
      if (type === 5) return true;
      if (type === 1) return false;
    }
  }
  return false;
}
