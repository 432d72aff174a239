// @ts-check
// The frames of a track in browsers without VideoFrame: what a <video> shows now. Main thread.

/** @typedef {import("./frames.js").Frames} Frames */

const EVERY_MS = 66;

/**
 * A frame is the element itself, with the fields of a VideoFrame that are read.
 * @param {MediaStreamTrack} track
 * @param {import("./frames.js").Take} take
 * @returns {Frames}
 */
export function elementFramesOf(track, take) {
  return new ElementFrames(track, take);
}

/** @implements {Frames} */
class ElementFrames {
  #element;
  #take;
  #shownS = -1;
  #timer;

  /** @param {MediaStreamTrack} track @param {import("./frames.js").Take} take */
  constructor(track, take) {
    this.#take = take;
    this.#element = document.createElement("video");
    Object.assign(this.#element, { muted: true, playsInline: true, srcObject: new MediaStream([track]) });
    void this.#element.play().catch(() => {});
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  /** @param {number} timestampUs */
  latest(timestampUs) {
    const { videoWidth, videoHeight, readyState } = this.#element;
    if (readyState < 2 || videoWidth === 0) return null;
    const frame = { element: this.#element, displayWidth: videoWidth, displayHeight: videoHeight, timestamp: timestampUs, close() {} };
    return /** @type {VideoFrame} */ (/** @type {unknown} */ (frame));
  }

  isSlow() {
    return document.hidden;
  }

  stop() {
    clearInterval(this.#timer);
    this.#element.srcObject = null;
  }

  #look() {
    const frame = this.#element.currentTime === this.#shownS ? null : this.latest(Math.round(performance.now() * 1000));
    if (!frame) return;
    this.#shownS = this.#element.currentTime;
    this.#take(frame);
  }
}
