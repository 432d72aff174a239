// @ts-check
// What the reader does with the picture besides looking: pause it, keep one, put it into a small window that stays on top. Main thread.
// Nothing here runs while nobody uses it.

import { byId } from "./memory.js";

/** @typedef {import("../viewer.js").Viewer} Viewer */

export class PictureTools {
  #viewer;
  #notice;
  #nameOf;
  #drawCursor;
  #isPaused = false;
  /** @type {HTMLVideoElement|null} shows the canvas in the small window */ #video = null;

  /**
   * @param {() => Viewer|null} viewer  of the large picture
   * @param {import("./notice.js").Notice} notice
   * @param {() => string} nameOf  what is shown now
   * @param {(context: CanvasRenderingContext2D) => void} [drawCursor]  the host's, if it is not in the picture
   */
  constructor(viewer, notice, nameOf, drawCursor = () => {}) {
    this.#viewer = viewer;
    this.#notice = notice;
    this.#nameOf = nameOf;
    this.#drawCursor = drawCursor;
    byId("tool-pause").addEventListener("click", () => this.togglePause());
    byId("resume").addEventListener("click", () => this.togglePause());
    byId("tool-snapshot").addEventListener("click", () => this.save());
    byId("tool-pip").addEventListener("click", () => this.toggleSmallWindow());
  }

  /** Stops the picture for this page: the host sends nothing meanwhile. */
  togglePause() {
    this.#isPaused = !this.#isPaused;
    this.#viewer()?.setPaused(this.#isPaused);
    byId("resume").hidden = !this.#isPaused;
    byId("tool-pause").setAttribute("aria-pressed", String(this.#isPaused));
  }

  /** The page has a new viewer, on another canvas than the small window shows. */
  reopened() {
    this.#viewer()?.setPaused(this.#isPaused);
    if (this.#video) void document.exitPictureInPicture().catch(() => {});
  }

  /** Saves the picture as a PNG file, pixel by pixel. */
  async save() {
    const bitmap = await this.#viewer()?.snapshot();
    if (!bitmap) return this.#notice.show("notice.no-snapshot");
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.drawImage(bitmap, 0, 0);
    this.#drawCursor(context);
    bitmap.close();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!blob) return this.#notice.show("notice.no-snapshot");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = fileName(this.#nameOf(), new Date());
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  /** Opens the small window, or closes it. */
  async toggleSmallWindow() {
    if (document.pictureInPictureElement) return document.exitPictureInPicture();
    if (this.#video) return; // it is opening
    const canvas = this.#viewer()?.canvas;
    if (!canvas || !document.pictureInPictureEnabled || !("captureStream" in canvas)) return this.#notice.show("notice.no-pip");
    try {
      const video = (this.#video = document.createElement("video"));
      video.muted = true;
      this.#viewer()?.holdCanvas(true);
      video.srcObject = canvas.captureStream();
      await video.play();
      await video.requestPictureInPicture();
      video.addEventListener("leavepictureinpicture", () => this.#endSmallWindow());
    } catch {
      this.#endSmallWindow();
      this.#notice.show("notice.no-pip");
    }
  }

  /** Copying each picture into the video costs time: only while the window is open. */
  #endSmallWindow() {
    const stream = /** @type {MediaStream|null} */ (this.#video?.srcObject ?? null);
    for (const track of stream?.getTracks() ?? []) track.stop();
    this.#video = null;
    this.#viewer()?.holdCanvas(false);
  }
}

/**
 * @param {string} name
 * @param {Date} at
 */
export function fileName(name, at) {
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(".");
  const safe = name.replaceAll(/[\\/:*?"<>|\p{Cc}]+/gu, " ").trim().slice(0, 60);
  return `${safe || "Samescreen"} ${day} ${time}.png`;
}
