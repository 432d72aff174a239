// @ts-check
// Position and size of the picture on the stage: zoom around a point, pan no further than an edge. Pure.
// All lengths are screen pixels (CSS pixels × devicePixelRatio): a box of whole ones is sharp.

/** @typedef {{width: number, height: number}} Size */
/** @typedef {{x: number, y: number}} Point */
/** @typedef {{picture: Size, room: Size, ratio: number}} Scene  ratio: screen pixels of a CSS pixel */

/**
 * @typedef {object} View
 * @property {number} scale  screen pixels of one picture pixel
 * @property {number} x  of the picture's left edge on the stage
 * @property {number} y  of its top
 */

// A scale this close to a stop snaps to it when the fingers leave, because only the exact stop is sharp.
const NEAR = 0.05;
const MOST = 8;

/**
 * The whole picture, as large as it can be.
 * @param {Scene} scene
 */
export function fitScale({ picture, room }) {
  return Math.min(room.width / picture.width, room.height / picture.height);
}

/**
 * As small as it can be without a gap at an edge.
 * @param {Scene} scene
 */
export function fillScale({ picture, room }) {
  return Math.max(room.width / picture.width, room.height / picture.height);
}

/**
 * The view that shows this place near its middle, or the same view if it does already: a step now and then, not a ride.
 * @param {Scene} scene
 * @param {View} view
 * @param {Point} place  on the picture
 * @returns {View}
 */
export function followed(scene, view, place) {
  const { room } = scene;
  const at = { x: view.x + place.x * view.scale, y: view.y + place.y * view.scale };
  const isAside = (/** @type {number} */ along, /** @type {number} */ length) => along < length / 5 || along > (length * 4) / 5;
  const by = {
    x: isAside(at.x, room.width) ? room.width / 2 - at.x : 0,
    y: isAside(at.y, room.height) ? room.height / 2 - at.y : 0,
  };
  return panned(scene, view, by);
}

/**
 * The view at another scale. The place under `around` moves to `to`, as far as the edges allow.
 * @param {Scene} scene
 * @param {View} view
 * @param {number} scale  wanted; from the smaller of fit and 1:1 up to eight times what a CSS pixel or fit would be
 * @param {Point} around
 * @param {Point} [to]
 * @returns {View}
 */
export function zoomed(scene, view, scale, around, to = around) {
  const fit = fitScale(scene);
  const within = Math.min(Math.max(scale, Math.min(fit, 1)), MOST * Math.max(fit, scene.ratio));
  const grows = within / view.scale;
  return held(scene, { scale: within, x: to.x - (around.x - view.x) * grows, y: to.y - (around.y - view.y) * grows });
}

/**
 * @param {Scene} scene
 * @param {View} view
 * @param {Point} by
 * @returns {View}
 */
export function panned(scene, view, by) {
  return held(scene, { ...view, x: view.x + by.x, y: view.y + by.y });
}

/**
 * No gap at an edge while the picture is larger than the room; in the middle when it is not.
 * @param {Scene} scene
 * @param {View} view
 * @returns {View}
 */
export function held({ picture, room }, { scale, x, y }) {
  return {
    scale,
    x: heldAlong(x, picture.width * scale, room.width),
    y: heldAlong(y, picture.height * scale, room.height),
  };
}

/**
 * @param {number} at
 * @param {number} length
 * @param {number} room
 */
function heldAlong(at, length, room) {
  return length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, at));
}

/**
 * The stop (fit or 1:1) that a step from one scale to another passes, or the step's end.
 * @param {Scene} scene
 * @param {number} from
 * @param {number} to
 */
export function stopBetween(scene, from, to) {
  const passed = [fitScale(scene), 1].filter((stop) => (from < stop && stop < to) || (to < stop && stop < from));
  return passed.sort((a, b) => Math.abs(a - from) - Math.abs(b - from))[0] ?? to;
}

/**
 * The stop that a scale is near, or the scale itself.
 * @param {Scene} scene
 * @param {number} scale
 */
export function stopNear(scene, scale) {
  return [fitScale(scene), 1].find((stop) => Math.abs(scale / stop - 1) < NEAR) ?? scale;
}

/**
 * True when the picture is larger than the stage.
 * @param {Scene} scene
 * @param {View} view
 */
export function canPan({ picture, room }, { scale }) {
  return Math.round(picture.width * scale) > Math.round(room.width) || Math.round(picture.height * scale) > Math.round(room.height);
}

/**
 * Whole screen pixels: half of one would blur every letter.
 * @param {Scene} scene
 * @param {View} view
 */
export function boxOf({ picture }, { scale, x, y }) {
  return {
    left: Math.floor(x),
    top: Math.floor(y),
    width: Math.round(picture.width * scale),
    height: Math.round(picture.height * scale),
  };
}
