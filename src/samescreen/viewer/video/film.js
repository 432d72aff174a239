// @ts-check
// Film on the page: while film_choice.js says so, the decoder's frames go into a video element (film_element.js) and cost no conversion.
// Worker. The element lies over the canvas. Before it goes, the canvas gets its last frame: the canvas never shows an older picture than
// the element did. This module paints nothing itself, and it closes each frame that it holds exactly once.

import { FilmChoice, commonShare } from "./film_choice.js";
import { copyPlanes } from "./frame_planes.js";

/** @typedef {import("./painter.js").Picture} Picture */
/** @typedef {import("../wire.js").Packet} Packet */
/** @typedef {import("../wire.js").Config} Config */
/** @typedef {{frame: VideoFrame, packet: Packet, config: Config}} Kept */

/**
 * What the worker asks of the page's end: to make the element; to put it over the canvas once it shows the frame of this time, or a later
 * one; to remove it.
 * @typedef {{act: "open"} | {act: "cover", fromUs: number} | {act: "end"}} FilmStep
 */

/**
 * What the page's end answers. failed: there is no element. warm: the element shows a frame. covered: it is over the canvas. held: the
 * canvas must show every picture from now on. uncover: the canvas must show the newest picture now.
 * @typedef {{is: "writable", writable: WritableStream<VideoFrame>} | {is: "warm"} | {is: "covered"} | {is: "failed"} | {is: "held", on: boolean}
 *   | {is: "uncover"}} FilmNews
 */

/**
 * The worker's end of the element.
 * @typedef {object} FilmScreen
 * @property {(step: FilmStep) => void} sendFilm  takes effect with the next `flush`, after what was painted before
 * @property {() => void} flush
 * @property {(news: FilmNews) => void} onFilm
 */

/**
 * @typedef {object} FilmEvents
 * @property {(picture: Picture) => void} onReturn  paint what the canvas missed from this picture, which is the newest of the film
 * @property {() => void} onLost  the canvas missed something, and its picture is gone
 */

/**
 * off → opening (the page makes the element) → warming (frames go to both) → covering (the canvas rests; the element is not over it yet) →
 * on → leaving (the last frame is on its way to the canvas) → off. Each phase before `on` ends by its limit.
 * @typedef {"off"|"opening"|"warming"|"covering"|"on"|"leaving"} Phase
 */

const TICK_MS = 100;
const LOOK_US = 1_000_000;
const LIMIT_US = { opening: 2_000_000, warming: 2_000_000, covering: 500_000 };
const MOST_FAILURES = 2;

export class Film {
  #screen;
  #planesPainter;
  #events;
  #nowUs;
  #choice = new FilmChoice();
  /** @type {Phase} */ #phase = "off";
  #phaseUs = 0;
  #lookedUs = 0;
  #isHeld = false;
  #failures = 0;
  /** @type {WritableStreamDefaultWriter<VideoFrame>|null} */ #writer = null;
  /** The newest frame that the canvas does not show. @type {Kept|null} */ #kept = null;
  /** @type {ReturnType<typeof setInterval>|undefined} */ #timer;

  /**
   * @param {FilmScreen|null} screen  null: there is no element here, and this object does nothing
   * @param {import("./planes.js").PlanesPainter} planesPainter
   * @param {FilmEvents} events
   * @param {() => number} nowUs
   */
  constructor(screen, planesPainter, events, nowUs) {
    this.#screen = screen;
    this.#planesPainter = planesPainter;
    this.#events = events;
    this.#nowUs = nowUs;
    if (screen) screen.onFilm = (news) => this.#received(news);
  }

  /**
   * A frame of the browser's software decoder.
   * @param {VideoFrame} frame  stays the caller's
   * @param {Packet} packet
   * @param {Config} config
   * @param {import("../wire.js").Region[]} damage
   * @returns {boolean} true: the element shows it; false: it must be painted
   */
  take(frame, packet, config, damage) {
    if (!this.#screen || this.#isHeld || this.#failures >= MOST_FAILURES) return false;
    this.#choice.seen(damage, config, this.#nowUs());
    const { width, height } = /** @type {DOMRectReadOnly} */ (frame.visibleRect);
    const fits = width === config.width && height === config.height;
    if (!fits) this.leave();
    else if (!this.#choice.isFilm) this.#stop();
    else if (this.#phase === "off") this.#open();
    if (!this.#writer || this.#phase === "leaving") return false;
    this.#write(this.#writer, frame.clone());
    if (this.#phase === "warming") return false;
    if (!this.#kept) this.#send({ act: "cover", fromUs: frame.timestamp });
    this.#kept?.frame.close();
    this.#kept = { frame: frame.clone(), packet, config };
    return true;
  }

  /**
   * A picture that is to be painted on the canvas.
   * @param {import("./colour.js").Planes} planes
   * @param {Config} config
   */
  look(planes, config) {
    if (this.#screen) this.#choice.looked(commonShare(planes, config), this.#nowUs());
  }

  /** The canvas is to show the newest picture, as soon as it can. Film starts no sooner than after a while. */
  leave() {
    this.#choice.end(this.#nowUs());
    this.#stop();
  }

  #stop() {
    const kept = this.#kept;
    if (this.#phase === "off" || this.#phase === "leaving") return;
    if (!kept) return this.drop();
    this.#kept = null;
    this.#enter("leaving");
    this.#return(kept);
  }

  /** The canvas shows what it must: the element goes with the next `flush`. */
  ended() {
    if (this.#phase === "off") return;
    this.#kept?.frame.close();
    this.#kept = null;
    this.#choice.end(this.#nowUs());
    this.#enter("off");
    this.#screen?.sendFilm({ act: "end" });
  }

  /** The element goes at once, whatever the canvas shows. */
  drop() {
    this.ended();
    this.#screen?.flush();
  }

  close() {
    this.ended();
    this.#screen = null;
  }

  #open() {
    this.#enter("opening");
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#send({ act: "open" });
  }

  /** @param {Phase} phase */
  #enter(phase) {
    this.#phase = phase;
    this.#phaseUs = this.#lookedUs = this.#nowUs();
    if (phase !== "leaving" && phase !== "off") return;
    clearInterval(this.#timer);
    // Not closed here: an element whose track ends turns black. The page ends it, once the element is gone.
    this.#writer = null;
  }

  /** @param {FilmStep} step */
  #send(step) {
    this.#screen?.sendFilm(step);
    this.#screen?.flush();
  }

  /** @param {FilmNews} news */
  #received(news) {
    if (news.is === "writable") this.#opened(news.writable);
    else if (news.is === "warm" && this.#phase === "warming") this.#enter("covering");
    else if (news.is === "covered" && this.#phase === "covering") this.#enter("on");
    else if (news.is === "failed") this.#fail(MOST_FAILURES);
    else if (news.is === "held") this.#isHeld = news.on;
    if (news.is === "uncover" || this.#isHeld) this.leave();
  }

  /** @param {WritableStream<VideoFrame>} writable */
  #opened(writable) {
    if (this.#phase !== "opening") return void writable.abort().catch(() => {});
    this.#writer = writable.getWriter();
    this.#enter("warming");
  }

  /**
   * @param {WritableStreamDefaultWriter<VideoFrame>} writer
   * @param {VideoFrame} frame  the element closes it
   */
  #write(writer, frame) {
    writer.write(frame).catch(() => {
      frame.close();
      if (writer === this.#writer) this.#fail(1);
    });
  }

  #tick() {
    const nowUs = this.#nowUs();
    this.#choice.tick(nowUs);
    if (!this.#choice.isFilm) return this.#stop();
    const limitUs = LIMIT_US[/** @type {keyof typeof LIMIT_US} */ (this.#phase)] ?? Infinity;
    if (nowUs - this.#phaseUs > limitUs) return this.#fail(1);
    if (this.#kept && nowUs - this.#lookedUs > LOOK_US) this.#lookAt(this.#kept);
  }

  /** @param {Kept} kept */
  async #lookAt({ frame, config }) {
    this.#lookedUs = this.#nowUs();
    const planes = await copyPlanes(frame).catch(() => null);
    if (planes) this.look(planes, config);
  }

  /** @param {number} failures  to be counted */
  #fail(failures) {
    this.#failures += failures;
    this.leave();
  }

  /** @param {Kept} kept */
  async #return({ frame, packet: { rendition, sequence, ptsUs }, config }) {
    const planes = await copyPlanes(frame).catch(() => null);
    frame.close();
    if (this.#phase !== "leaving") return; // newer pictures were painted meanwhile
    if (!planes) {
      this.drop();
      return this.#events.onLost();
    }
    const { width, height } = config;
    this.#events.onReturn({
      rendition, sequence, ptsUs, width, height,
      decodeUs: 0,
      damage: [],
      paint: (surface, regions) => this.#planesPainter.paint(surface, planes, config, regions),
      close: () => {},
    });
    // Nothing was owed to the canvas after all.
    if (this.#phase === "leaving") this.drop();
  }
}
