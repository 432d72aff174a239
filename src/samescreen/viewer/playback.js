// @ts-check
// Everything the receiver plays: takes the packets of the watched stream, passes them to decoder and painter, and measures both. Thread: the
// receiver's. It sends nothing to the host: it reports what it needs through its events.

import { placeOf } from "./activity.js";
import { Cursor, PATIENCE_US } from "./cursor.js";
import { Response } from "./response.js";
import { Stats } from "./stats.js";
import { Track } from "./video/track.js";

/** @typedef {import("./wire.js").Path} Path */
/** @typedef {import("./wire.js").Stream} Stream */
/** @typedef {import("./video/painter.js").Picture} Picture */

/**
 * @typedef {Omit<import("./video/track.js").TrackEvents, "onPainted"|"onDecoded"|"onRefined"> & {
 *   onDecoded: (decoded: {rendition: number, sequence: number, decodeUs: number}) => void,
 *   onPainted: () => void,
 * }} PlaybackEvents  onDecoded: to be acknowledged; onPainted: a picture is on the canvas
 */

export class Playback {
  #track;
  #clock;
  #emit;
  #nowUs;
  #stats = new Stats();
  #response = new Response();
  #cursor;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #cursorTimer;
  /** The stream watched; "": none yet. */ #stream = "";
  #trackNumber = 0;
  #size = { width: 0, height: 0 };
  #hasPainted = false;
  /** A picture of this stream came on this connection. */ #isPainted = false;
  /** On the page's clock: pictures grabbed from here on are on their way to this page. */ #sinceUs = 0;
  /** On the host's clock: when the newest painted picture was grabbed. */ #newestUs = -1;
  /** The page wants to know where something changed. */ #isFollowed = false;
  /** @type {{x: number, y: number}|null} since the last tick */ #place = null;

  /**
   * @param {import("./video/surface.js").Surface} surface  belongs to this from here on
   * @param {import("./contract.js").ReceiverOptions} options
   * @param {PlaybackEvents} events
   * @param {import("./contract.js").Emit} emit
   * @param {import("./clock.js").HostClock} clock
   * @param {() => number} nowUs
   */
  constructor(surface, options, events, emit, clock, nowUs) {
    this.#clock = clock;
    this.#emit = emit;
    this.#nowUs = nowUs;
    this.#cursor = new Cursor((drawn) => this.#drawCursor(drawn));
    this.#track = new Track(
      surface,
      options,
      {
        ...events,
        onDecoded: (picture) => {
          this.#stats.decoded(picture.decodeUs, nowUs());
          events.onDecoded(picture);
        },
        onRefined: events.onDecoded,
        onPainted: (picture) => {
          this.#painted(picture);
          events.onPainted();
        },
      },
      nowUs,
    );
  }

  get stream() {
    return this.#stream;
  }

  /** Of the stream watched. */
  get trackNumber() {
    return this.#trackNumber;
  }

  get isPainted() {
    return this.#isPainted;
  }

  /** False: nothing on this page decodes. */
  get isPossible() {
    return this.#track.path !== null;
  }

  get decodesVideo() {
    return this.#track.decodesVideo;
  }

  get accepts() {
    return this.#track.accepts;
  }

  /** True when the page must request a keyframe now. */
  takeRequest() {
    return this.#track.takeRequest();
  }

  /** @param {Path|null} decoder  null: the best first */
  choose(decoder) {
    this.#track.choose(decoder);
  }

  /** What follows starts with a keyframe, and stamps may start anywhere: a new connection, or the tab is shown again. */
  restart() {
    this.#track.restart();
    this.#begin();
  }

  /** The host of another connection may number its cursors and tracks in another way. */
  forgetCursor() {
    this.#cursor.reset();
  }

  /** The canvas is to show the newest picture, which may be in a video element now. */
  leaveFilm() {
    this.#track.leaveFilm();
  }

  /** Empties the canvas, until another picture comes. */
  blank() {
    this.#track.blank();
    this.#cursor.reset();
    this.#isPainted = false;
  }

  /**
   * Plays this stream from now on.
   * @param {string} stream
   * @param {number} track  number of its packets
   * @returns {boolean} false: it is the one before
   */
  follow(stream, track) {
    if (track === this.#trackNumber && stream === this.#stream) return false;
    if (this.#stream !== "") this.#track.switchSource();
    this.#cursor.reset();
    this.#response.reset();
    this.#stream = stream;
    this.#trackNumber = track;
    this.#begin();
    return true;
  }

  #begin() {
    this.#isPainted = false;
    this.#sinceUs = this.#nowUs();
    this.#newestUs = -1;
  }

  /** @param {import("./wire.js").Config} config */
  configure(config) {
    if (config.track !== this.#trackNumber) return;
    this.#track.configure(config);
    this.emitPath();
  }

  /**
   * @param {import("./wire.js").Packet} packet  of pictures
   * @param {number} bytes  with its header
   */
  push(packet, bytes) {
    if (packet.track !== this.#trackNumber) return;
    this.#stats.received(bytes, this.#nowUs());
    this.#track.push(packet);
  }

  /** @param {import("./wire.js").Shape} shape  of the host's cursor */
  shape(shape) {
    if (shape.track === this.#trackNumber) this.#emit("shape", shape);
  }

  /** @param {import("./wire.js").CursorPlace} place  of the host's cursor */
  placeCursor(place) {
    if (place.track !== this.#trackNumber) return;
    this.#cursor.place(place, this.#nowUs());
    if (this.#cursor.isWaiting) this.#cursorTimer ??= setTimeout(() => this.#endWait(), PATIENCE_US / 1000 + 1);
  }

  #endWait() {
    this.#cursorTimer = undefined;
    this.#cursor.tick(this.#nowUs());
    if (this.#cursor.isWaiting) this.#cursorTimer = setTimeout(() => this.#endWait(), PATIENCE_US / 1000 + 1);
  }

  /** @param {import("./cursor.js").Drawn} drawn */
  #drawCursor(drawn) {
    this.#emit("cursor", drawn);
    const { width, height } = this.#size;
    if (this.#isFollowed && drawn.shape !== 0 && width > 0) this.#place = { x: drawn.x / width, y: drawn.y / height };
  }

  /** @param {boolean} isFollowed  report where something small changed, at each tick at most once */
  setFollowed(isFollowed) {
    this.#isFollowed = isFollowed;
    this.#place = null;
  }

  /** @param {import("./response.js").Press} press  was carried out */
  timeResponse(press) {
    this.#response.carriedOut(press);
  }

  /** Called every 250 ms while pictures may come. */
  tick() {
    this.#track.tick();
    if (this.#place) this.#emit("activity", this.#place);
    this.#place = null;
  }

  emitPath() {
    if (this.#track.path) this.#emit("path", this.#track.path);
  }

  /**
   * What the last second measured, by which decoder and at which size.
   * @returns {Omit<import("./stats.js").Totals, "rttUs"|"host">}
   */
  measured() {
    const { path, codec } = this.#track.path ?? { path: null, codec: "" };
    const { dropped, paint } = this.#track;
    return { ...this.#stats.read(this.#nowUs()), ...this.#size, path, codec, paint, dropped, responseUs: this.#response.us };
  }

  close() {
    clearTimeout(this.#cursorTimer);
    this.#track.close();
  }

  /**
   * From grab to paint; null: unknown, or no delay. A picture that rests keeps its time, whether the page gets it first or once more.
   * @param {number} ptsUs
   * @param {number} atUs
   */
  #delayUs(ptsUs, atUs) {
    const ageUs = this.#clock.ageUs(ptsUs, atUs);
    const isNew = ptsUs > this.#newestUs;
    this.#newestUs = Math.max(ptsUs, this.#newestUs);
    return isNew && ageUs !== null && ageUs <= atUs - this.#sinceUs ? ageUs : null;
  }

  /** @param {Picture} picture */
  #painted(picture) {
    const atUs = this.#nowUs();
    this.#stats.painted(this.#delayUs(picture.ptsUs, atUs), atUs);
    this.#cursor.painted(picture.ptsUs);
    this.#response.painted(picture.ptsUs, performance.timeOrigin + performance.now());
    if (!this.#hasPainted) this.#emit("firstpaint", { atMs: performance.timeOrigin + performance.now() });
    this.#hasPainted = true;
    const { width, height } = this.#track.sizeOf(picture);
    if (width !== this.#size.width || height !== this.#size.height) {
      this.#size = { width, height };
      this.#emit("size", this.#size);
    }
    this.#isPainted = true;
    if (this.#isFollowed) this.#place = placeOf(picture.damage, picture) ?? this.#place;
  }
}
