// @ts-check
// Which stream is large, and what each tile asks the host for. Pure; time is an argument, in milliseconds.

/** @typedef {import("../../wire.js").Quality} Quality */
/** @typedef {import("../../wire.js").Path} Path */
/** @typedef {import("./layout.js").Layout} Layout */
/** @typedef {import("./layout.js").Place} Place */
/** @typedef {{stream: string, quality: Quality, isGlance: boolean}} Wish  `isGlance`: a picture now and then instead of video */
/** @typedef {{shows: string[], sinceMs: number}} Talking  somebody who talks: the streams that they show, and since when */

/** So long somebody must talk before the view follows: a cough moves nothing. */
export const PATIENCE_MS = 700;
/** A picture wider than that on the screen shows more in full size than in half size. */
const LOW_IS_ENOUGH_PX = 900;
/** Videos beside the large one that a page decodes at once; what is more gets a picture now and then. */
const MOST_VIDEOS = { webcodecs: 16, wasm: 4, jpeg: 0 };

/**
 * The stream to show large: the pinned one, else that of whoever talks, else the one before.
 * @param {{streams: string[], before: string, pinned: string, talking: Talking[], own: string[]}} facts  `own`: what the reader shows
 * @param {number} nowMs
 */
export function largeOf({ streams, before, pinned, talking, own }, nowMs) {
  if (streams.includes(pinned)) return pinned;
  const isKnown = streams.includes(before);
  if (isKnown && talking.some(({ shows }) => shows.includes(before))) return before;
  for (const { shows, sinceMs } of talking) {
    const shown = shows.find((stream) => streams.includes(stream) && !own.includes(stream));
    if (shown !== undefined && nowMs - sinceMs >= PATIENCE_MS) return shown;
  }
  return isKnown ? before : (streams[0] ?? "");
}

/**
 * What the tiles and the large picture ask for, in the order of the places.
 * @param {import("./layout.js").View} view
 * @param {Layout} layout
 * @param {{chosen: Quality, path: Path|null, ratio: number}} page  `chosen`: by the reader; `ratio`: screen pixels of one CSS pixel
 * @returns {Wish[]}
 */
export function wishesOf(view, { places, large }, { chosen, path, ratio }) {
  const most = chosen === "low" ? Math.min(MOST_VIDEOS.wasm, MOST_VIDEOS[path ?? "webcodecs"]) : MOST_VIDEOS[path ?? "webcodecs"];
  let videos = 0;
  return places.map(({ stream, box }) => {
    const isMain = (stream === large && view !== "grid") || box.width * ratio > LOW_IS_ENOUGH_PX;
    const quality = isMain ? chosen : "low";
    if (stream === large) return { stream, quality, isGlance: false };
    videos += 1;
    return { stream, quality, isGlance: videos > most };
  });
}
