// @ts-check
// The one public object: a live picture in any page. `new Viewer(element, {url})`, then add event listeners. Main thread.
// Socket and decoder live in a worker where the browser can do that, otherwise on this thread. It builds no controls.
//
// Events: CustomEvents named and detailed as in EVENTS of contract.js, all but `sound`, which the viewer plays itself.

import { commandsBy } from "./contract.js";
import { loadWorker } from "./loader.js";
import { Sound } from "./sound/sound.js";
import { FilmElement, canShowFilm } from "./video/film_element.js";
import { servePainting } from "./video/remote_surface.js";
import { CanvasSurface, isShownAtOnce } from "./video/surface.js";

/**
 * @typedef {object} ViewerOptions
 * @property {string} [url]  of the WebSocket; default: "ws" beside the page
 * @property {import("./wire.js").Path|null} [decoder]  this decode path and no other
 * @property {import("./video/planes.js").Paint|null} [paint]  "webgl" or "cpu" for the colours the page converts; default: whichever is faster
 * @property {Promise<unknown>} [after]  the viewer connects only after it resolves: a login, for example
 * @property {string} [stream]  `stream` of a "streams" event: which to watch first; default: the host's first
 * @property {import("./wire.js").Quality} [quality]  "full" is never smaller than the screen, "low" saves data; default: "auto"
 * @property {string|null} [pass]  of a login's answer
 * @property {string|null} [seal]  the key of a link to sealed pictures: nothing else is shown then
 * @property {boolean} [drawsCursor]  the page draws the host's cursor by `shape` and `cursor` events; otherwise it is in the picture
 * @property {boolean} [showsFilm]  film may be shown by a `video.film` right after the canvas, which the page's style sheet places as the canvas
 * @property {boolean} [picturesOnly]  a small picture beside others: eight share a worker, and the host sends this viewer no news
 * @property {string|null} [remembered]  `key` of the last `path` event, to begin where the last visit ended
 */

/** The host's secret id of this page load. Later viewers of the page send it in their hello. "" before the first welcome. */
let visit = "";

export class Viewer extends EventTarget {
  /** @type {HTMLCanvasElement} */ #canvas;
  /** @type {import("./contract.js").ReceiverOptions} */ #options;
  /** @type {import("./contract.js").Commands|null} */ #receiver = null;
  /** @type {FilmElement|null} */ #film;
  #closed = false;
  #isPaused = false;
  #hasPainted = false;
  /** Off until `sound.start()`, which must be called from a click or a key. */ sound;
  #listeners = new AbortController();
  /** Gives the place in a shared worker back. */ #leave = () => {};

  /**
   * @param {HTMLElement} element  a canvas, or the parent of a new one
   * @param {ViewerOptions} [options]
   */
  constructor(element, options = {}) {
    const { url = defaultUrl(), decoder = null, paint = null, remembered = null, stream = "", quality = "auto", pass = null, seal = null, after, drawsCursor = false, picturesOnly = false, showsFilm = false } = options;
    super();
    this.#canvas = element instanceof HTMLCanvasElement ? element : element.appendChild(document.createElement("canvas"));
    this.#options = { url, decoder, paint, remembered, stream, visit, quality, pass, seal, drawsCursor, picturesOnly, hidden: document.hidden };
    this.#film = showsFilm && canShowFilm() ? new FilmElement(this.#canvas) : null;
    this.sound = new Sound((codec) => this.#receiver?.listen(codec));
    this.#start(after);
  }

  /** Fit and full screen work on it. It shows every picture only while it is held. */
  get canvas() {
    return this.#canvas;
  }

  /** Tries to connect now instead of at the end of the wait. */
  retry() {
    this.#receiver?.retry();
  }

  /** @param {import("./wire.js").Path|null} decoder  null: the page chooses */
  setDecoder(decoder) {
    this.#options.decoder = decoder;
    this.#receiver?.setDecoder(decoder);
  }

  /** @param {import("./wire.js").Quality} quality  which renditions of the host's this viewer prefers, from now on */
  setQuality(quality) {
    this.#options.quality = quality;
    this.#receiver?.setQuality(quality);
  }

  /**
   * Watches another of the host's streams, on the same connection.
   * @param {string} stream
   */
  setStream(stream) {
    this.#options.stream = stream;
    this.#receiver?.setStream(stream);
  }

  /** The page shows a whole picture already, which no sketch is to replace. Call it before the viewer connects. */
  skipSketches() {
    this.#options.skipsSketches = true;
  }

  /**
   * For the next connection; this one stays.
   * @param {string|null} pass
   */
  setPass(pass) {
    this.#options.pass = pass;
    this.#receiver?.setPass(pass);
  }

  /** @param {boolean} isPaused  the host sends nothing, and the last picture stays */
  setPaused(isPaused) {
    this.#isPaused = isPaused;
    this.#setHidden();
  }

  /** @param {boolean} isFollowed  dispatch `activity` events: where something small changed, in shares of the picture */
  setFollowed(isFollowed) {
    this.#receiver?.setFollowed(isFollowed);
  }

  /**
   * What the host sees this person as; "" for nothing. The host's answer is a `you` event.
   * @param {string} name
   */
  setName(name) {
    this.#receiver?.setName(name);
  }

  /** @param {boolean} up  the hand; the host's answer is a `you` event */
  setHand(up) {
    this.#receiver?.setHand(up);
  }

  /**
   * Writes the host a line. The host leaves out what comes too soon: then `took` of the next `you` event does not grow.
   * @param {string} text  one line of 1 to 300 characters
   */
  writeLine(text) {
    this.#receiver?.writeLine(text);
  }

  /**
   * Asks the host; the answer comes as events "asked" and "grants".
   * @param {string[]} grants  words such as "control"
   */
  ask(grants) {
    this.#receiver?.ask(grants);
  }

  /**
   * A press was carried out: `responseUs` of the next "stats" events says how long pictures of such presses took.
   * @param {{sentMs: number, hostUs: number}} applied  by performance.now() of the page, and by the host's clock
   */
  timeResponse({ sentMs, hostUs }) {
    this.#receiver?.timeResponse({ atMs: performance.timeOrigin + sentMs, hostUs });
  }

  /**
   * Draws over the picture, for everybody. What people draw comes as events "ink" and "marks".
   * @param {Omit<import("./wire.js").Draw, "type">} drawn
   */
  draw(drawn) {
    this.#receiver?.say({ type: "draw", ...drawn });
  }

  /** @param {boolean} all  everything that this person drew; false: the newest stroke that stays */
  erase(all) {
    this.#receiver?.say({ type: "erase", all });
  }

  /** What this person answers when the host asks for their screen. @param {import("./wire.js").ShowAnswer["answer"]} answer */
  answerShow(answer) {
    this.#receiver?.say({ type: "show-answer", answer });
  }

  /** A copy of the picture shown, or null before there is one. */
  async snapshot() {
    await this.#film?.uncover();
    return this.#hasPainted ? createImageBitmap(this.#canvas) : null;
  }

  /** @param {boolean} isHeld  the canvas shows every picture, for whoever copies it; otherwise a film may be shown by a video element */
  holdCanvas(isHeld) {
    this.#film?.hold(isHeld);
  }

  close() {
    this.#closed = true;
    this.#film?.close();
    this.#listeners.abort();
    this.#receiver?.close();
    this.#receiver = null;
    this.#leave();
    this.#leave = () => {};
    this.sound.close();
  }

  /** @param {Promise<unknown>|undefined} after */
  async #start(after) {
    // The worker loads its modules meanwhile. It gets its canvas, and opens its socket, with the start message.
    const loading = this.#options.picturesOnly ? this.#takePlace() : loadWorker();
    // In Chromium a canvas painted before the page's first composite is never presented: white for ever.
    await twoFrames();
    await after;
    const worker = await loading;
    if (this.#closed) {
      if (worker instanceof MessagePort) worker.close();
      else worker?.terminate();
      return this.#leave();
    }
    this.#options.hidden = document.hidden || this.#isPaused;
    if (worker) this.#receiver = this.#startIn(worker);
    else await this.#startHere();
    this.#watchPage();
  }

  /** @returns {Promise<MessagePort|null>} null: there is no worker to share */
  async #takePlace() {
    const place = await import("./shared_workers.js").then(({ sharedWorkers }) => sharedWorkers.take()).catch(() => null);
    if (place) this.#leave = place.leave;
    return place?.port ?? null;
  }

  /**
   * @param {Worker|MessagePort} worker
   * @returns {import("./contract.js").Commands}
   */
  #startIn(worker) {
    worker.onmessage = (/** @type {MessageEvent<import("./contract.js").EventMessage>} */ { data }) => this.#onEvent(data.event, data.detail);
    const surface = isShownAtOnce() ? this.#portToCanvas() : this.#canvas.transferControlToOffscreen();
    /** @type {import("./contract.js").Start} */
    const start = { surface, options: this.#options };
    worker.postMessage(start, [surface]);
    return commandsBy((message, transfer) => worker.postMessage(message, transfer));
  }

  /** For the worker to paint through. */
  #portToCanvas() {
    const { port1, port2 } = new MessageChannel();
    servePainting(port1, new CanvasSurface(this.#canvas), this.#film);
    return port2;
  }

  async #startHere() {
    const { Receiver } = await import("./receiver.js");
    if (!this.#closed) this.#receiver = new Receiver(new CanvasSurface(this.#canvas), this.#options, (name, detail) => this.#onEvent(name, detail));
  }

  #watchPage() {
    const signal = this.#listeners.signal;
    document.addEventListener("visibilitychange", () => this.#setHidden(), { signal });
    globalThis.addEventListener("online", () => this.retry(), { signal });
    // A page kept in the back/forward cache comes back with its socket dead.
    globalThis.addEventListener("pageshow", () => this.retry(), { signal });
    // It may have changed while the worker was loading.
    this.#setHidden();
    this.#receiver?.listen(this.sound.codec);
  }

  #setHidden() {
    this.#receiver?.setHidden(document.hidden || this.#isPaused);
  }

  /**
   * @param {import("./contract.js").EventName} name
   * @param {object} detail  of that event
   */
  #onEvent(name, detail) {
    if (name === "firstpaint") this.#hasPainted = true;
    if (name === "welcome") detail = this.#welcomed(/** @type {import("./contract.js").Events["welcome"]} */ (detail));
    if (name === "sound") this.sound.push(/** @type {import("./sound/sound.js").SoundPacket} */ (detail));
    else if (!this.#closed) this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** @param {import("./contract.js").Events["welcome"]} welcome */
  #welcomed({ host, viewer, visit: given }) {
    visit = given;
    return { host, viewer };
  }
}

function defaultUrl() {
  const url = new URL("ws", document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.search = url.hash = "";
  return url.href;
}

/** Resolves when the browser has composited the page once: never while the tab is hidden. */
function twoFrames() {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}
