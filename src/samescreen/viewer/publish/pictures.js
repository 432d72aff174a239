// @ts-check
// What is made of the frames of one track: main, low and stills, as the host wants them. Main thread. It knows no socket: packets and
// configurations leave through `out`. While nobody wants anything it encodes nothing.

import { KIND, RENDITION } from "../wire.js";
import { AnnouncedShape } from "./announced_shape.js";
import { Encoding } from "./encoding.js";
import { framesOf } from "./frames.js";
import { LOW, bitrateFor, lowShape } from "./shape.js";
import { Stills } from "./stills.js";
import { Times } from "./times.js";

/** @typedef {import("./shape.js").Size} Size */
/** @typedef {import("./wire.js").Want} Want */
/** @typedef {Omit<import("./wire.js").Picture, "track"|"sequence">} Made */

/**
 * @typedef {object} Out
 * @property {(made: Made) => void} picture
 * @property {(rendition: number, size: Size, fps: number) => void} config  before the first packet, and before a change
 * @property {() => boolean} hasRoom  of the way up
 * @property {() => number} bitrateBps  that the way up carries
 * @property {(detail: string) => void} giveUp  nothing can be encoded any more
 */

const FPS = 30;
/** Pictures of a screen get sharper when they are encoded again; after so many they are sharp. */
const REST_MS = 250;
const REST_TIMES = 3;

export class Pictures {
  #out;
  #probe;
  #times = new Times();
  #frames;
  #stills;
  #announced;
  /** @type {Map<number, Encoding>} */ #encodings = new Map();
  /** @type {Want|null} */ #want = null;
  #rest = { sinceMs: 0, times: REST_TIMES };
  counts = { captured: 0, encoded: 0, bytes: 0 };
  isPaused = false;

  /**
   * @param {MediaStreamTrack} track
   * @param {{lag: number, step: number}} probe
   * @param {Out} out
   * @param {typeof framesOf} [newFrames]
   */
  constructor(track, probe, out, newFrames = framesOf) {
    this.#probe = probe;
    this.#out = out;
    this.#announced = new AnnouncedShape(probe.step, ({ shown }) => this.#reshape(shown));
    this.#stills = new Stills((payload, ptsUs) => this.#made({ kind: KIND.still, rendition: RENDITION.jpeg, ptsUs, isKeyframe: true, payload }));
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
    this.#obey(null);
  }

  /** @param {Want} want  replaces the one before; keyframes add up until they are made */
  want(want) {
    this.#obey(want);
    this.#stills.want({ isNeeded: want.keyframes.includes(RENDITION.jpeg), limitBytes: want.still_bytes, quality: want.quality ?? want.stills?.quality ?? null });
    for (const rendition of want.keyframes) this.#encodings.get(rendition)?.keyframes.want();
    this.refresh();
  }

  /** Encodes the newest frame again where somebody waits for it, and a few times at rest. Call it often: on each answer of the host, and by a timer. */
  refresh() {
    const nowMs = performance.now();
    const isResting = this.#rest.times < REST_TIMES && nowMs - this.#rest.sinceMs >= REST_MS;
    const isDue = this.#stills.isDue || [...this.#encodings.values()].some(({ keyframes }) => keyframes.waitMs(nowMs) === 0);
    if ((!isDue && !isResting && this.#announced.shape) || !this.#announced.isGranted || this.isPaused) return;
    const frame = this.#frames.latest(this.#times.now(nowMs * 1000));
    if (!frame) return;
    if (isResting && this.#use(frame, nowMs)) this.#rest = { sinceMs: nowMs, times: this.#rest.times + 1 };
    else if (!isResting) this.#use(frame, nowMs);
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
    context.drawImage(frame, 0, 0, context.canvas.width, context.canvas.height);
    frame.close();
  }

  /** @param {VideoFrame} frame */
  #came(frame) {
    const nowMs = performance.now();
    this.counts.captured += 1;
    this.#rest = { sinceMs: nowMs, times: 0 };
    if (!this.#announced.isGranted || this.isPaused) return;
    const timed = new VideoFrame(frame, { timestamp: this.#times.of(frame.timestamp, nowMs * 1000) });
    this.#use(timed, nowMs);
    timed.close();
  }

  /** @param {VideoFrame} frame @param {number} nowMs @returns {boolean} whether something was made of it */
  #use(frame, nowMs) {
    const shape = this.#announced.fit(frame, nowMs);
    const want = this.#want;
    if (!shape || !want || want.paused || !this.#out.hasRoom()) return false;
    const { shown, crop } = shape;
    const cropped = new VideoFrame(frame, { visibleRect: { x: 0, y: 0, ...crop }, timestamp: frame.timestamp });
    let isUsed = false;
    for (const [rendition, encoding] of this.#encodings) {
      encoding.retarget(this.#target(rendition), nowMs);
      isUsed = encoding.encode(cropped, nowMs) || isUsed;
    }
    const isNext = want.renditions.includes(RENDITION.jpeg) && this.#stills.isNext(want.stills?.fps ?? 1, nowMs);
    if (this.#stills.isDue || isNext) this.#stills.make(cropped, shown, nowMs);
    cropped.close();
    return isUsed;
  }

  /** Announces the new size of each rendition, and begins them anew. @param {Size} shown */
  #reshape(shown) {
    const want = this.#want;
    this.#obey(null);
    this.#out.config(RENDITION.jpeg, shown, FPS);
    this.#out.config(RENDITION.main, shown, FPS);
    this.#out.config(RENDITION.low, lowShape(shown, this.#probe.step), FPS);
    this.#obey(want);
    this.#stills.want({ isNeeded: want !== null, limitBytes: 0, quality: null });
  }

  /** Has an encoder for each rendition of video that is wanted, and no other. @param {Want|null} want */
  #obey(want) {
    this.#want = want;
    for (const rendition of [RENDITION.main, RENDITION.low]) {
      const isWanted = want?.renditions.includes(rendition) && this.#announced.shape;
      if (!isWanted) {
        this.#encodings.get(rendition)?.rest();
        this.#encodings.delete(rendition);
      } else if (!this.#encodings.has(rendition)) this.#encodings.set(rendition, this.#newEncoding(rendition));
    }
  }

  /** @param {number} rendition */
  #newEncoding(rendition) {
    const shown = /** @type {Size} */ (this.size);
    const size = rendition === RENDITION.main ? shown : lowShape(shown, this.#probe.step);
    const encoding = new Encoding(size, this.#target(rendition), {
      lag: this.#probe.lag,
      onChunk: (chunk) => this.#made({ kind: KIND.video, rendition, ...chunk }),
      onGiveUp: (detail) => this.#out.giveUp(detail),
    });
    encoding.keyframes.want();
    return encoding;
  }

  /** @param {number} rendition @returns {import("./encoding.js").Target} */
  #target(rendition) {
    const wanted = this.#want?.targets.find((each) => each.rendition === rendition);
    const best = rendition === RENDITION.main ? { bitrateBps: bitrateFor(/** @type {Size} */ (this.size), FPS), fps: FPS } : LOW;
    const bitrateBps = Math.min(best.bitrateBps, wanted?.bitrate_bps || Infinity, this.#out.bitrateBps());
    return { bitrateBps, fps: Math.max(1, Math.min(best.fps, wanted?.fps ?? FPS)) };
  }

  /** @param {Made} made */
  #made(made) {
    this.counts.encoded += 1;
    this.counts.bytes += made.payload.length;
    this.#out.picture(made);
  }
}
