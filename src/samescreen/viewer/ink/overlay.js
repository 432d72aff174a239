// @ts-check
// Paints the marks on a canvas above the picture. Main thread. It paints only when something changed or fades, and touches neither the
// picture nor its decoder. Without marks its canvas is hidden and costs nothing.

import { turnedPlace } from "../app/turn.js";
import { WHOLE } from "./pen.js";

/** @typedef {import("../app/turn.js").Quarters} Quarters */
/** @typedef {{x: number, y: number}} Point */
/** @typedef {import("./strokes.js").Shown} Shown */

/** By the number that the host gives a person; each stands out on light and on dark. */
export const COLOURS = Object.freeze(["#e5243b", "#1a73e8", "#0f9d58", "#f29900", "#9334e6", "#00a3b4", "#d81b8c", "#8a6d00"]);
const OWN = "#e5243b";
const UNIT = { width: 1, height: 1 };
/** Of the larger side of the shown picture. */
const WIDTH = 0.0035;
const THINNEST_PX = 2.5;

export class Overlay {
  #strokes;
  #canvas;
  #picture;
  #nameOf;
  #still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");
  #isDue = false;
  /** @type {Quarters} */ quarters = 0;
  /** A tool takes the mouse, so the canvas stays. */ isTaken = false;

  /**
   * @param {import("./strokes.js").Strokes} strokes
   * @param {HTMLCanvasElement} canvas  above the picture
   * @param {() => {getBoundingClientRect: () => {left: number, top: number, width: number, height: number}}} picture
   * @param {(who: import("../wire.js").Inker|null) => string} nameOf
   */
  constructor(strokes, canvas, picture, nameOf) {
    this.#strokes = strokes;
    this.#canvas = canvas;
    this.#picture = picture;
    this.#nameOf = nameOf;
  }

  /** Something changed: paints with the next frame. */
  update() {
    this.#canvas.hidden = this.#strokes.isEmpty && !this.isTaken;
    if (this.#isDue || this.#canvas.hidden) return;
    this.#isDue = true;
    requestAnimationFrame(() => this.#paint());
  }

  /**
   * Where on the picture a place of the page is, in shares of it; outside it: below 0 or above 1.
   * @param {{clientX: number, clientY: number}} at
   * @returns {Point}
   */
  placeOf({ clientX, clientY }) {
    const { left, top, width, height } = this.#picture().getBoundingClientRect();
    const back = /** @type {Quarters} */ ((4 - this.quarters) % 4);
    return turnedPlace(UNIT, back, { x: (clientX - left) / width, y: (clientY - top) / height });
  }

  #paint() {
    this.#isDue = false;
    const shown = this.#strokes.shown(performance.now(), this.#still?.matches);
    const ratio = devicePixelRatio;
    const { clientWidth, clientHeight } = this.#canvas;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
    const context = this.#canvas.getContext("2d");
    if (!context) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    const view = this.#view(ratio);
    for (const stroke of shown) paintStroke(context, stroke, view);
    for (const stroke of shown) if (stroke.isGrowing) paintName(context, stroke, view, this.#nameOf(stroke.who));
    this.#canvas.hidden = this.#strokes.isEmpty && !this.isTaken;
    if (this.#strokes.isMoving) this.update();
  }

  /** How places of the picture become pixels of the canvas. @param {number} ratio */
  #view(ratio) {
    const box = this.#picture().getBoundingClientRect();
    const from = this.#canvas.getBoundingClientRect();
    return {
      ratio,
      width: Math.max(THINNEST_PX, WIDTH * Math.max(box.width, box.height)) * ratio,
      pixelOf: (/** @type {Point} */ { x, y }) => {
        const at = turnedPlace(UNIT, this.quarters, { x: x / WHOLE, y: y / WHOLE });
        return { x: (box.left - from.left + at.x * box.width) * ratio, y: (box.top - from.top + at.y * box.height) * ratio };
      },
    };
  }
}

/** @typedef {{ratio: number, width: number, pixelOf: (place: Point) => Point}} View */

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Shown} stroke
 * @param {View} view
 */
function paintStroke(context, { points, alpha, tool, who }, { width, pixelOf }) {
  if (points.length === 0) return;
  const colour = who ? COLOURS[who.colour % COLOURS.length] : OWN;
  Object.assign(context, { globalAlpha: alpha, lineCap: "round", lineJoin: "round" });
  const pixels = points.map((point) => ({ ...pixelOf(point), pressure: point.pressure }));
  const isMeasured = pixels.some(({ pressure }) => pressure > 0);
  // A pale edge keeps the line visible on its own colour.
  for (const [style, more] of /** @type {[string, number][]} */ ([["rgb(255 255 255 / 70%)", 1.7], [colour, 1]])) {
    context.strokeStyle = style;
    if (isMeasured) paintPressed(context, pixels, width * more);
    else paintLine(context, pixels, width * more * (tool === "laser" ? 0.8 : 1));
  }
  if (tool === "laser") paintDot(context, pixels[pixels.length - 1], width, colour);
}

/**
 * One smooth line: through the middles between points.
 * @param {CanvasRenderingContext2D} context
 * @param {Point[]} pixels
 * @param {number} width
 */
function paintLine(context, pixels, width) {
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(pixels[0].x, pixels[0].y);
  for (let at = 1; at < pixels.length - 1; at += 1) {
    const [here, next] = [pixels[at], pixels[at + 1]];
    context.quadraticCurveTo(here.x, here.y, (here.x + next.x) / 2, (here.y + next.y) / 2);
  }
  const last = pixels[pixels.length - 1];
  context.lineTo(last.x, last.y);
  context.stroke();
}

/**
 * A line as thick as the pen was pressed.
 * @param {CanvasRenderingContext2D} context
 * @param {(Point & {pressure: number})[]} pixels
 * @param {number} width
 */
function paintPressed(context, pixels, width) {
  for (let at = 0; at < pixels.length; at += 1) {
    const [from, to] = [pixels[Math.max(0, at - 1)], pixels[at]];
    context.lineWidth = width * (0.3 + 1.4 * (to.pressure / WHOLE));
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Point} at
 * @param {number} width
 * @param {string} colour
 */
function paintDot(context, { x, y }, width, colour) {
  context.beginPath();
  context.arc(x, y, width * 1.9, 0, 2 * Math.PI);
  Object.assign(context, { fillStyle: colour, strokeStyle: "white", lineWidth: width * 0.7 });
  context.fill();
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Shown} stroke
 * @param {View} view
 * @param {string} name
 */
function paintName(context, { points, alpha, who }, { ratio, width, pixelOf }, name) {
  if (points.length === 0 || name === "") return;
  const { x, y } = pixelOf(points[points.length - 1]);
  const size = 13 * ratio;
  context.font = `600 ${size}px system-ui, sans-serif`;
  const [left, top, pad] = [x + width * 3, y + width * 3, 5 * ratio];
  Object.assign(context, { globalAlpha: alpha, fillStyle: who ? COLOURS[who.colour % COLOURS.length] : OWN, textBaseline: "top" });
  context.fillRect(left, top, context.measureText(name).width + 2 * pad, size + 2 * pad);
  context.fillStyle = "white";
  context.fillText(name, left + pad, top + pad);
}
