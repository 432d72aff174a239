// @ts-check
// Whether this browser encodes H.264 in real time: it encodes ten real frames and counts how many stay inside. Main thread.
// isConfigSupported() says yes where encoding fails (mediabunny#222) or lags by 18 frames for ever, so it is not asked.

import { codecFor } from "./shape.js";

const SIZE = { width: 640, height: 360 };
const FPS = 30;
const FRAMES = 10;
const FIRST_MS = 600;
const NEXT_MS = 80;
/** An encoder that keeps more frames inside is not for live pictures. */
export const MOST_LAG = 4;

/** @typedef {{lag: number}|{why: "no-api"|"failed"|"lags", detail: string}} Probed  lag: frames that stay inside the encoder */

/** @type {Promise<Probed>|null} */
let known = null;

/** The result for this page: one probe is enough. */
export function probed() {
  return (known ??= probe());
}

/**
 * @typedef {object} Kit  what a test replaces
 * @property {(init: VideoEncoderInit) => VideoEncoder} newEncoder
 * @property {(index: number) => VideoFrame} newFrame
 */

/** @returns {Kit|null} */
function browserKit() {
  if (!("VideoEncoder" in globalThis) || !("VideoFrame" in globalThis) || !("OffscreenCanvas" in globalThis)) return null;
  const canvas = new OffscreenCanvas(SIZE.width, SIZE.height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  return {
    newEncoder: (init) => new VideoEncoder(init),
    newFrame: (index) => {
      context.fillStyle = `hsl(${index * 36} 70% 50%)`;
      context.fillRect(index * 40, index * 20, 260, 180);
      return new VideoFrame(canvas, { timestamp: Math.round((index * 1e6) / FPS) });
    },
  };
}

/**
 * @param {Kit|null} [kit]
 * @returns {Promise<Probed>}
 */
export async function probe(kit = browserKit()) {
  if (kit === null) return { why: "no-api", detail: "" };
  let emitted = 0;
  let failure = "";
  let arrived = () => {};
  /** @type {VideoEncoder|null} */
  let encoder = null;
  try {
    encoder = kit.newEncoder({
      output: () => ((emitted += 1), arrived()),
      error: (error) => ((failure ||= error.message), arrived()),
    });
    encoder.configure({
      codec: codecFor(SIZE, FPS),
      ...SIZE,
      bitrate: 800_000,
      framerate: FPS,
      latencyMode: "realtime",
      bitrateMode: "constant",
      hardwareAcceleration: "no-preference",
      avc: { format: "annexb" },
    });
    for (let index = 0; index < FRAMES && !failure; index += 1) {
      const frame = kit.newFrame(index);
      encoder.encode(frame, { keyFrame: index === 0 });
      frame.close();
      if (emitted <= index)
        await new Promise((resolve) => {
          const timer = setTimeout(resolve, emitted === 0 ? FIRST_MS : NEXT_MS);
          arrived = () => (emitted > index || failure) && (clearTimeout(timer), resolve(undefined));
        });
    }
  } catch (error) {
    failure ||= String(error);
  }
  if (encoder && encoder.state !== "closed") encoder.close();
  if (failure || emitted === 0) return { why: "failed", detail: failure };
  const lag = FRAMES - emitted;
  return lag > MOST_LAG ? { why: "lags", detail: `${lag} frames` } : { lag };
}
