// @ts-check
// The frames of a track: by MediaStreamTrackProcessor in Chromium, elsewhere by a <video> and its frame callbacks. Main thread.
// It keeps one frame, the newest, so that a screen at rest can be encoded again for somebody who comes later.

/** @typedef {(frame: VideoFrame) => void} Take  the frame is closed afterwards */

/**
 * @typedef {object} Frames
 * @property {(timestampUs: number) => VideoFrame|null} latest  the newest frame once more, with this time; the caller closes it
 * @property {() => boolean} isSlow  the browser gives few frames now, because the tab is hidden
 * @property {() => void} stop
 */

/**
 * @param {MediaStreamTrack} track
 * @param {Take} take
 * @returns {Frames}
 */
export function framesOf(track, take) {
  return "MediaStreamTrackProcessor" in globalThis ? new ProcessorFrames(track, take) : new VideoFrames(track, take);
}

/** @implements {Frames} */
export class ProcessorFrames {
  #reader;
  /** @type {VideoFrame|null} */ #newest = null;

  /** @param {MediaStreamTrack} track @param {Take} take */
  constructor(track, take) {
    const Processor = /** @type {any} */ (globalThis).MediaStreamTrackProcessor;
    this.#reader = /** @type {ReadableStreamDefaultReader<VideoFrame>} */ (new Processor({ track }).readable.getReader());
    void this.#read(take);
  }

  /** @param {number} timestampUs */
  latest(timestampUs) {
    return this.#newest && new VideoFrame(this.#newest, { timestamp: timestampUs });
  }

  isSlow() {
    return false;
  }

  stop() {
    this.#reader.cancel().catch(() => {});
    this.#newest?.close();
    this.#newest = null;
  }

  /** @param {Take} take */
  async #read(take) {
    for (;;) {
      const { value, done } = await this.#reader.read().catch(() => ({ value: undefined, done: true }));
      if (done || !value) return;
      this.#newest?.close(); // the pool of a camera is small
      this.#newest = value;
      take(value);
    }
  }
}

const HIDDEN_MS = 1_000;

/** @implements {Frames} */
export class VideoFrames {
  #video;
  #take;
  #isStopped = false;
  /** @type {ReturnType<typeof setInterval>|undefined} */ #timer;

  /** @param {MediaStreamTrack} track @param {Take} take */
  constructor(track, take) {
    this.#take = take;
    this.#video = document.createElement("video");
    Object.assign(this.#video, { muted: true, playsInline: true, srcObject: new MediaStream([track]) });
    void this.#video.play().catch(() => {});
    this.#wait();
    this.#timer = setInterval(() => document.hidden && this.#came(), HIDDEN_MS);
  }

  /** @param {number} timestampUs */
  latest(timestampUs) {
    return this.#video.readyState >= 2 && this.#video.videoWidth > 0 ? new VideoFrame(this.#video, { timestamp: timestampUs }) : null;
  }

  isSlow() {
    return document.hidden;
  }

  stop() {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#video.srcObject = null;
  }

  #wait() {
    if (this.#isStopped) return;
    this.#video.requestVideoFrameCallback(() => (this.#came(), this.#wait()));
  }

  #came() {
    const frame = this.#isStopped ? null : this.latest(Math.round(performance.now() * 1000));
    if (!frame) return;
    this.#take(frame);
    frame.close();
  }
}
