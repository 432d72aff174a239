// @ts-check
// The video element of a film (film.js): lies exactly over the canvas and shows the decoder's frames. Main thread.
// It is made for each film and removed after it, so it never shows a picture of another. The page's style sheet must place `video.film`
// after the canvas where it places the canvas; inline style and classes are copied from there.

/** @typedef {import("./film.js").FilmStep} FilmStep */
/** @typedef {import("./film.js").FilmNews} FilmNews */
/** @typedef {MediaStreamTrack & {writable: WritableStream<VideoFrame>}} FilmTrack */
/** @typedef {{video: HTMLVideoElement, track: FilmTrack, placing: MutationObserver}} Shown */

/** The worker answers sooner, unless it is gone. */
const UNCOVER_MS = 1000;
/** By then the browser shows a removed element no more. */
const GONE_MS = 500;

/** Whether this browser can show frames that a program writes, and says which one it shows. */
export function canShowFilm() {
  return globalThis.isSecureContext && "MediaStreamTrackGenerator" in globalThis && "requestVideoFrameCallback" in HTMLVideoElement.prototype;
}

export class FilmElement {
  #canvas;
  /** @type {(news: FilmNews, transfer?: Transferable[]) => void} */ #post = () => {};
  /** @type {Shown|null} */ #shown = null;
  /** Over the canvas once this frame is shown. @type {number|null} */ #fromUs = null;
  /** Called when the element is gone. @type {(() => void)[]} */ #waiting = [];

  /** @param {HTMLCanvasElement} canvas  below the element */
  constructor(canvas) {
    this.#canvas = canvas;
  }

  /** @param {(news: FilmNews, transfer?: Transferable[]) => void} post  to the worker */
  attach(post) {
    this.#post = post;
  }

  /** @param {FilmStep} step */
  follow(step) {
    if (step.act === "open") this.#open();
    else if (step.act === "cover") this.#fromUs = step.fromUs;
    else this.close();
  }

  /** @param {boolean} on  the canvas must show every picture: something copies it */
  hold(on) {
    this.#post({ is: "held", on });
  }

  /** Resolves when the canvas shows the newest picture, and nothing covers it. */
  async uncover() {
    if (!this.#shown) return;
    const gone = new Promise((/** @type {(value: void) => void} */ resolve) => this.#waiting.push(resolve));
    this.#post({ is: "uncover" });
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, UNCOVER_MS))]);
  }

  /** Removes the element; the canvas is seen again. */
  close() {
    const shown = this.#shown;
    this.#shown = this.#fromUs = null;
    shown?.placing.disconnect();
    shown?.video.remove();
    // An element whose track ends turns black, and the browser may show this one until its next frame.
    if (shown) setTimeout(() => shown.track.stop(), GONE_MS);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #open() {
    this.close();
    try {
      const { MediaStreamTrackGenerator: Generator } = /** @type {any} */ (globalThis); // Chromium's alone
      /** @type {FilmTrack} */ const track = new Generator({ kind: "video" });
      const video = document.createElement("video");
      Object.assign(video, { muted: true, playsInline: true, disablePictureInPicture: true, disableRemotePlayback: true });
      video.setAttribute("aria-hidden", "true");
      video.srcObject = new MediaStream([track]);
      const placing = new MutationObserver(() => this.#place());
      this.#shown = { video, track, placing };
      placing.observe(this.#canvas, { attributes: true, attributeFilter: ["style", "class"] });
      this.#place();
      this.#canvas.after(video);
      video.requestVideoFrameCallback(() => this.#warm(video));
      video.play().catch(() => {
        if (this.#shown?.video === video) this.#post({ is: "failed" });
      });
      this.#post({ is: "writable", writable: track.writable }, [track.writable]);
    } catch {
      this.close();
      this.#post({ is: "failed" });
    }
  }

  /** As the canvas; below it until the element shows what is newer. */
  #place() {
    const video = /** @type {Shown} */ (this.#shown).video;
    video.style.cssText = this.#canvas.style.cssText;
    video.className = `film ${this.#canvas.className}`;
  }

  /** @param {HTMLVideoElement} video  shows its first frame */
  #warm(video) {
    if (this.#shown?.video !== video) return;
    this.#post({ is: "warm" });
    video.requestVideoFrameCallback((_, { mediaTime }) => this.#presented(video, mediaTime));
  }

  /**
   * @param {HTMLVideoElement} video
   * @param {number} mediaTime  of the frame that it shows, in seconds
   */
  #presented(video, mediaTime) {
    if (this.#shown?.video !== video) return;
    // The time of a frame comes back rounded up to a microsecond.
    if (this.#fromUs === null || Math.round(mediaTime * 1_000_000) < this.#fromUs)
      return void video.requestVideoFrameCallback((_, shown) => this.#presented(video, shown.mediaTime));
    video.dataset.above = "";
    this.#post({ is: "covered" });
  }
}
