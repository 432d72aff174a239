// @ts-check
// The marks that people draw, over the preview of the host's page. Main thread. It only shows them; the host's switch is elsewhere.

import { Overlay } from "../ink/overlay.js";
import { Strokes } from "../ink/strokes.js";
import { el } from "./dom.js";

/** @typedef {import("../contract.js").Events} Events */
/** @typedef {{left: number, top: number, width: number, height: number}} Box */

/**
 * Shows them over `canvas`, for as long as the viewer lives. Returns the element to put above the canvas.
 * @param {import("../viewer.js").Viewer} viewer
 * @param {HTMLCanvasElement} canvas  whose box the picture fills as far as its shape allows
 * @param {import("./words.js").HostTexts} texts
 */
export function marksOver(viewer, canvas, texts) {
  const strokes = new Strokes();
  const sheet = /** @type {HTMLCanvasElement} */ (el("canvas", { class: "marks", "aria-hidden": "true", hidden: true }));
  let size = { width: 16, height: 9 };
  const picture = { getBoundingClientRect: () => containedIn(canvas.getBoundingClientRect(), size) };
  const overlay = new Overlay(strokes, sheet, () => picture, (who) =>
    who === null ? "" : who.name || texts.of(who.host ? "marks.host" : "marks.nameless", who.by),
  );
  /** @type {{[Name in "size"|"welcome"|"streams"|"ink"|"marks"]: (detail: Events[Name]) => void}} */
  const reactions = {
    size: (now) => (size = now),
    welcome: () => strokes.reset(),
    streams: ({ streams, watching }) => strokes.follow(streams.find(({ stream }) => stream === watching)?.track ?? 0),
    ink: (ink) => strokes.add(ink, performance.now()),
    marks: (marks) => strokes.replace(marks),
  };
  for (const [name, react] of Object.entries(reactions)) {
    viewer.addEventListener(name, (event) => {
      /** @type {(detail: unknown) => void} */ (react)(/** @type {CustomEvent} */ (event).detail);
      overlay.update();
    });
  }
  return sheet;
}

/**
 * Where a picture of that shape lies in a box that shows all of it, as `object-fit: contain` puts it.
 * @param {Box} box
 * @param {{width: number, height: number}} size
 * @returns {Box}
 */
export function containedIn({ left, top, width, height }, size) {
  const scale = Math.min(width / size.width, height / size.height);
  const shown = { width: size.width * scale, height: size.height * scale };
  return { left: left + (width - shown.width) / 2, top: top + (height - shown.height) / 2, ...shown };
}
