// @ts-check
// One rendition of video: a WebCodecs encoder that is built when it is needed, retargeted in place, and rebuilt when it is lost.
// Main thread; the browser encodes on threads of its own. It drops frames before they are encoded, which needs no keyframe afterwards.

import { InFlight } from "./in_flight.js";
import { KeyframeRequests } from "./keyframes.js";
import { Overshoot } from "./overshoot.js";
import { codecFor, isKeyframe } from "./shape.js";

/** @typedef {import("./shape.js").Size} Size */
/** @typedef {{ptsUs: number, isKeyframe: boolean, payload: Uint8Array}} Chunk */
/** @typedef {{bitrateBps: number, fps: number}} Target */

const RETARGET_MS = 1_000;
/** A change of the bitrate below this share is not worth a new configuration. */
const WORTH = 0.1;
const MOST_LOSSES = 3;

export class Encoding {
  #size;
  #lag;
  #events;
  #newEncoder;
  /** @type {VideoEncoder|null} */ #encoder = null;
  /** @type {Target} */ #target;
  #retargetedMs = -Infinity;
  #inFlight;
  #lastUs = -Infinity;
  #losses = 0;
  #overshoot = new Overshoot();
  keyframes = new KeyframeRequests();

  /**
   * @param {Size} size  of the pictures; frames of another size are scaled
   * @param {Target} target
   * @param {{lag: number, onChunk: (chunk: Chunk) => void, onGiveUp: (detail: string) => void}} events
   * @param {(init: VideoEncoderInit) => VideoEncoder} [newEncoder]
   */
  constructor(size, target, { lag, ...events }, newEncoder = (init) => new VideoEncoder(init)) {
    this.#size = size;
    this.#target = target;
    this.#lag = lag;
    this.#events = events;
    this.#newEncoder = newEncoder;
    this.#inFlight = new InFlight(lag);
  }

  /** @param {Target} target @param {number} nowMs */
  retarget(target, nowMs) {
    const isClose = Math.abs(target.bitrateBps / this.#target.bitrateBps - 1) < WORTH && target.fps === this.#target.fps;
    const isCorrected = this.#overshoot.look(nowMs, this.#target.bitrateBps);
    if ((isClose && !isCorrected) || nowMs - this.#retargetedMs < RETARGET_MS) return;
    this.#retargetedMs = nowMs;
    this.#target = target;
    if (this.#encoder) this.#configure(this.#encoder);
  }

  /**
   * Encodes this frame if it is time for one and there is room; the caller closes it.
   * @param {VideoFrame} frame  its timestamp is that of the packet
   * @param {number} nowMs
   * @returns {boolean} whether it went in
   */
  encode(frame, nowMs) {
    if (this.#inFlight.isStuck(nowMs)) this.#lost("the encoder returns nothing");
    const isDue = this.keyframes.waitMs(nowMs) === 0;
    const everyUs = 1e6 / this.#target.fps;
    if (!isDue && frame.timestamp - this.#lastUs < everyUs * 0.8) return false;
    if (frame.timestamp <= this.#lastUs || !this.#inFlight.hasRoom(nowMs)) return false;
    try {
      const encoder = (this.#encoder ??= this.#opened());
      encoder.encode(frame, { keyFrame: this.keyframes.take(nowMs) });
    } catch (error) {
      this.#lost(String(error));
      return false;
    }
    this.#inFlight.submitted(frame.timestamp, nowMs);
    this.#lastUs = frame.timestamp;
    return true;
  }

  /** Ends the encoder; the next frame opens another one. */
  rest() {
    const encoder = this.#encoder;
    this.#encoder = null;
    this.#inFlight = new InFlight(this.#lag);
    if (encoder && encoder.state !== "closed") encoder.close();
  }

  /** @returns {VideoEncoder} */
  #opened() {
    this.keyframes.want();
    const encoder = this.#newEncoder({
      output: (chunk) => encoder === this.#encoder && this.#came(chunk),
      error: (error) => encoder === this.#encoder && this.#lost(error.message),
    });
    this.#configure(encoder);
    return encoder;
  }

  /** @param {VideoEncoder} encoder */
  #configure(encoder) {
    encoder.configure({
      codec: codecFor(this.#size, 30),
      ...this.#size,
      bitrate: Math.round(this.#target.bitrateBps * this.#overshoot.share),
      framerate: this.#target.fps,
      latencyMode: "realtime",
      bitrateMode: "constant", // variable rates peak at ten times the target in Chromium
      hardwareAcceleration: "no-preference", // others are an error where there is no GPU
      avc: { format: "annexb" },
    });
  }

  /** @param {EncodedVideoChunk} chunk */
  #came(chunk) {
    this.#inFlight.emitted(chunk.timestamp);
    this.#losses = 0;
    const payload = new Uint8Array(chunk.byteLength);
    chunk.copyTo(payload);
    this.#overshoot.came(payload.length);
    this.#events.onChunk({ ptsUs: chunk.timestamp, isKeyframe: isKeyframe(payload), payload });
  }

  /** @param {string} detail */
  #lost(detail) {
    console.warn("samescreen: encoder lost:", detail);
    this.rest();
    this.#losses += 1;
    if (this.#losses >= MOST_LOSSES) this.#events.onGiveUp(detail);
  }
}
