// @ts-check
// What is made of the frames of one track where the browser cannot encode video: JPEG files of whole pictures, which the host encodes.
// Main thread. It knows no socket: files leave through `out`. While nobody wants anything it encodes nothing.

import { KIND, RENDITION } from "../wire.js";
import { AnnouncedShape } from "./announced_shape.js";
import { elementFramesOf } from "./element_frames.js";
import { framesOf } from "./frames.js";
import { Stills } from "./stills.js";
import { Times } from "./times.js";

/** @typedef {import("./wire.js").Want} Want */
/** @typedef {import("./pictures.js").Out} Out */

export const JPEG_FPS = 15;
const STEP = 2;
/** Files get smaller before there are fewer than so many in a second. */
const LEAST_FPS = 4;
const LEAST_BYTES = 20_000;
const LEAST_QUALITY = 30;
const BETTER = 4;

/** @type {typeof framesOf} */
const framesHere = (track, take) => ("VideoFrame" in globalThis ? framesOf(track, take) : elementFramesOf(track, take));

export class JpegPictures {
  #out;
  #times = new Times();
  #frames;
  #stills;
  #announced;
  /** @type {Want|null} */ #want = null;
  /** A frame came that was not sent, because the one before was on its way. */ #isBehind = false;
  /** Of the next file; the host's wish at first. @type {number|null} */ #quality = null;
  counts = { captured: 0, encoded: 0, bytes: 0 };
  isPaused = false;

  /**
   * @param {MediaStreamTrack} track
   * @param {Out} out
   * @param {typeof framesOf} [newFrames]
   * @param {(send: (payload: Uint8Array, ptsUs: number) => void) => Stills} [newStills]
   */
  constructor(track, out, newFrames = framesHere, newStills = (send) => new Stills(send, undefined, JPEG_FPS)) {
    this.#out = out;
    this.#announced = new AnnouncedShape(STEP, ({ shown }) => out.config(RENDITION.jpeg, shown, JPEG_FPS));
    this.#stills = newStills((payload, ptsUs) => this.#made(payload, ptsUs));
    this.#frames = newFrames(track, (frame) => this.#came(frame));
  }

  /** The size of what is published, or null before the first frame. */
  get size() {
    return this.#announced.shape?.shown ?? null;
  }

  get isSlow() {
    return this.#frames.isSlow();
  }

  /** The host takes pictures within these bounds. @param {import("./announced_shape.js").Bounds} bounds */
  granted(bounds) {
    this.#announced.grant(bounds);
    this.refresh();
  }

  /** The connection is gone: nothing is wanted. */
  lost() {
    this.#announced.lose();
    this.#want = null;
  }

  /** @param {Want} want  replaces the one before */
  want(want) {
    this.#want = want;
    this.#isBehind ||= want.keyframes.includes(RENDITION.jpeg);
    this.refresh();
  }

  /** Sends the newest frame where one is due. Call it often: on each answer of the host, and by a timer. */
  refresh() {
    if ((!this.#isBehind && this.#announced.shape) || !this.#announced.isGranted || this.isPaused) return;
    const nowMs = performance.now();
    const frame = this.#frames.latest(this.#times.now(nowMs * 1000));
    if (!frame) return;
    this.#use(frame, nowMs, frame.timestamp);
    frame.close();
  }

  stop() {
    this.#frames.stop();
    this.lost();
  }

  /** @param {CanvasRenderingContext2D} context  draws the newest frame over its canvas */
  drawInto(context) {
    const frame = this.#frames.latest(0);
    if (!frame) return;
    context.drawImage(imageOf(frame), 0, 0, context.canvas.width, context.canvas.height);
    frame.close();
  }

  /** @param {VideoFrame} frame */
  #came(frame) {
    this.counts.captured += 1;
    this.#isBehind = true;
    if (!this.#announced.isGranted || this.isPaused) return;
    const nowMs = performance.now();
    this.#use(frame, nowMs, this.#times.of(frame.timestamp, nowMs * 1000));
  }

  /** @param {VideoFrame} frame @param {number} nowMs @param {number} ptsUs */
  #use(frame, nowMs, ptsUs) {
    const shape = this.#announced.fit(frame, nowMs);
    const want = this.#want;
    if (!shape || !want || want.paused || !want.renditions.includes(RENDITION.jpeg)) return;
    if (!this.#out.hasRoom() || !this.#stills.isNext(want.stills?.fps ?? JPEG_FPS, nowMs)) return;
    this.#stills.want({ isNeeded: true, limitBytes: 0, quality: this.#quality ?? want.stills?.quality ?? null });
    this.#stills.make(imageOf(frame), shape.shown, nowMs, ptsUs);
    this.#isBehind = false;
  }

  /** @param {Uint8Array} payload @param {number} ptsUs */
  #made(payload, ptsUs) {
    this.#adapt(payload.length);
    this.counts.encoded += 1;
    this.counts.bytes += payload.length;
    this.#out.picture({ kind: KIND.still, rendition: RENDITION.jpeg, ptsUs, isKeyframe: true, payload });
  }

  /** Lowers the quality of the files that follow one which was too large for the way up. @param {number} bytes */
  #adapt(bytes) {
    const wished = this.#want?.stills?.quality;
    if (!wished) return;
    const limit = Math.max(LEAST_BYTES, this.#out.bitrateBps() / 8 / LEAST_FPS);
    const quality = this.#quality ?? wished;
    this.#quality = bytes > limit ? Math.max(LEAST_QUALITY, (quality * limit) / bytes) : Math.min(wished, quality + (bytes < limit / 2 ? BETTER : 0));
  }
}

/** What a canvas draws of a frame. @param {VideoFrame & {element?: HTMLVideoElement}} frame */
function imageOf(frame) {
  return frame.element ?? frame;
}
