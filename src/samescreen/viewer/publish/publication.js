// @ts-check
// One thing that a person shows from this page: its track, its pictures, its connection, from the click to the end. Main thread.
// However it ends, the track is stopped, so that the light of the camera goes out.

import { KIND, RENDITION } from "../wire.js";
import { JPEG_FPS, JpegPictures } from "./jpeg_pictures.js";
import { Pictures } from "./pictures.js";
import { probed } from "./probe.js";
import { LOW, bitrateFor } from "./shape.js";
import { TabSound } from "./tab_sound.js";
import { Upline } from "./upline.js";

/** @typedef {import("./capture.js").Kind} Kind */
/** @typedef {"stopped"|"track-ended"|"left"|import("./upline.js").Farewell} Ending */
/** @typedef {{kind: Kind, track: MediaStreamTrack, sound?: MediaStreamTrack|null, stream: string, name: string, url: string, pass: string|null}} Shown */
/** @typedef {{onChange: () => void, onEnd: (why: Ending) => void}} PublicationEvents */

/** What a test replaces. @typedef {{probe: typeof probed, newUpline: (...given: ConstructorParameters<typeof Upline>) => Upline, newPictures: (...given: ConstructorParameters<typeof Pictures>) => Pictures, newJpegs: (...given: ConstructorParameters<typeof JpegPictures>) => JpegPictures, newSound: (...given: ConstructorParameters<typeof TabSound>) => TabSound}} Kit */

const TICK_MS = 250;
const LARGEST = { width: 1920, height: 1080 };
const FPS = 30;
/** @type {Kit} */
const BROWSER = { probe: probed, newUpline: (...given) => new Upline(...given), newPictures: (...given) => new Pictures(...given), newJpegs: (...given) => new JpegPictures(...given), newSound: (...given) => new TabSound(...given) };

export class Publication {
  #shown;
  #events;
  #kit;
  /** @type {Pictures|JpegPictures|null} */ #pictures = null;
  /** The browser encodes no video, so the host does. */ #isOfJpegs = false;
  /** @type {TabSound|null} */ #sound = null;
  #isSoundWanted = false;
  /** @type {Upline|null} */ #upline = null;
  /** @type {ReturnType<typeof setInterval>|undefined} */ #timer;
  #isOver = false;
  #isWanted = false;
  /** The host has taken it once. */ #wasUp = false;
  #isPaused = false;
  #saidMs = 0;
  /** Who sees it, by the host. @type {{viewers: number, names: string[], recorded: boolean}} */ seen = { viewers: 0, names: [], recorded: false };
  startedMs = performance.now();

  /**
   * @param {Shown} shown
   * @param {PublicationEvents} events
   * @param {Kit} [kit]
   */
  constructor(shown, events, kit = BROWSER) {
    this.#shown = shown;
    this.#events = events;
    this.#kit = kit;
    shown.track.addEventListener("ended", () => this.#end("track-ended"));
    addEventListener("pagehide", this.#leave);
    this.#start().catch((error) => (console.error("samescreen:", error), this.#end("failed")));
  }

  get kind() {
    return this.#shown.kind;
  }

  get name() {
    return this.#shown.name;
  }

  get hasSound() {
    return this.#sound !== null;
  }

  get isOver() {
    return this.#isOver;
  }

  /** How it stands: connecting = the host has not taken it yet; lost = it had, and cannot be reached now; idle = nobody watches, so nothing is encoded. jpeg = single pictures, which the host encodes. @returns {"connecting"|"lost"|"idle"|"live"|"paused"|"slow"|"jpeg"} */
  get state() {
    if (!this.#upline?.isUp) return this.#wasUp ? "lost" : "connecting";
    if (this.#isPaused) return "paused";
    if (!this.#isWanted) return "idle";
    if (this.#pictures?.isSlow) return "slow";
    return this.#isOfJpegs ? "jpeg" : "live";
  }

  get isPaused() {
    return this.#isPaused;
  }

  /** @param {boolean} isPaused  people see no new picture, and nothing is sent */
  pause(isPaused) {
    this.#isPaused = isPaused;
    if (this.#pictures) this.#pictures.isPaused = isPaused;
    this.#sound?.want(this.#isSoundWanted && !isPaused);
    this.#sayState();
    this.#pictures?.refresh();
    this.#events.onChange();
  }

  /** @param {string} name  of what is shown, from now on */
  rename(name) {
    if (name === this.#shown.name) return;
    this.#shown = { ...this.#shown, name };
    this.#upline?.rename(name);
    this.#sayState();
    this.#events.onChange();
  }

  /** @param {string|null} pass */
  setPass(pass) {
    this.#upline?.setPass(pass);
  }

  stop() {
    this.#end("stopped");
  }

  /** @param {CanvasRenderingContext2D} context  draws what is shown over its canvas */
  drawInto(context) {
    this.#pictures?.drawInto(context);
  }

  #leave = () => this.#end("left");

  async #start() {
    const probe = await this.#kit.probe();
    if (this.#isOver) return;
    // Before anybody listened for that: the code came later than the browser's own button.
    if (this.#shown.track.readyState === "ended") return this.#end("track-ended");
    this.#isOfJpegs = "why" in probe;
    if ("why" in probe) console.info("samescreen: no video encoder here, so JPEG files go up:", probe.why, probe.detail);
    this.#pictures = this.#newPictures("lag" in probe ? probe.lag : 0);
    const { url, pass, sound } = this.#shown;
    if (sound) this.#sound = this.#kit.newSound(sound, { packet: (payload, ptsUs) => this.#upline?.send({ kind: KIND.audio, rendition: RENDITION.opus, ptsUs, isKeyframe: true, payload }), end: () => this.#soundEnded() });
    this.#upline = this.#kit.newUpline(url, pass, this.#offered, {
      onGrant: (grant) => ((this.#wasUp = true), this.#sayState(), this.#pictures?.granted(grant), this.#changed()),
      onWant: (want) => ((this.#isWanted = want.renditions.length > 0), this.#pictures?.want(want), this.#changed()),
      onSeen: (seen) => ((this.seen = seen), this.#changed()),
      onSoundWant: (isWanted) => ((this.#isSoundWanted = isWanted), this.#sound?.want(isWanted && !this.#isPaused)),
      onRoom: () => this.#pictures?.refresh(),
      onDown: () => ((this.#isWanted = this.#isSoundWanted = false), this.#sound?.want(false), this.#pictures?.lost(), this.#changed()),
      onEnd: (why) => this.#end(why),
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#changed();
  }

  get #offered() {
    const { stream, name } = this.#shown;
    const offered = { stream, name, bitrateBps: bitrateFor(LARGEST, FPS), lowBps: LOW.bitrateBps };
    return { ...offered, hasSound: this.hasSound, ...(this.#isOfJpegs ? { jpegFps: JPEG_FPS } : {}) };
  }

  /** The sound has ended by itself; the pictures go on. */
  #soundEnded() {
    this.#sound = null;
    this.#upline?.endSound();
    this.#changed();
  }

  /** @param {number} lag  of the encoder, in frames */
  #newPictures(lag) {
    const { track } = this.#shown;
    const step = /Android|iPhone|iPad/.test(navigator.userAgent) ? 16 : 2;
    /** @type {import("./pictures.js").Out} */
    const out = {
      picture: (made) => this.#upline?.send(made),
      config: (rendition, size, fps) => this.#sayConfig(rendition, size, fps),
      hasRoom: () => this.#upline?.hasRoom() ?? false,
      bitrateBps: () => this.#upline?.bitrateBps ?? LOW.bitrateBps,
      giveUp: () => this.#goOnWithJpegs(),
    };
    return this.#isOfJpegs ? this.#kit.newJpegs(track, out) : this.#kit.newPictures(track, { lag, step }, out);
  }

  /** The encoder is lost for good: the host encodes from now on, and those who watch stay. */
  #goOnWithJpegs() {
    if (this.#isOver || this.#isOfJpegs) return;
    this.#isOfJpegs = true;
    this.#isWanted = false;
    this.#pictures?.stop();
    this.#pictures = this.#newPictures(0);
    this.#pictures.isPaused = this.#isPaused;
    this.#upline?.reoffer(this.#offered);
    this.#changed();
  }

  #changed() {
    if (!this.#isOver) this.#events.onChange();
  }

  #tick() {
    this.#upline?.tick();
    this.#pictures?.refresh();
    this.#sayFigures();
  }

  #sayState() {
    const [state, reason] = this.#isPaused ? ["waiting", "paused"] : ["live", "live"];
    this.#upline?.say({ type: "state", track: this.#upline.track, state, reason, detail: this.#shown.name, backend: "a page", notes: [] });
  }

  /** @param {number} rendition @param {import("./shape.js").Size} size @param {number} fps */
  #sayConfig(rendition, { width, height }, fps) {
    const codec = rendition === 2 ? "jpeg" : "h264";
    this.#upline?.say({ type: "config", track: this.#upline.track, rendition, codec, codec_string: "", width, height, coded_width: width, coded_height: height, fps });
  }

  #sayFigures() {
    const nowMs = performance.now();
    const seconds = (nowMs - this.#saidMs) / 1000;
    if (!this.#pictures || !this.#upline?.isUp || seconds < 1) return;
    const { captured, encoded, bytes } = this.#pictures.counts;
    this.#pictures.counts = { captured: 0, encoded: 0, bytes: 0 };
    this.#saidMs = nowMs;
    const rate = (/** @type {number} */ count) => Math.min(1000, Math.round((count / seconds) * 10) / 10);
    const bps = Math.round((bytes * 8) / seconds);
    this.#upline.say({ type: "stats", track: this.#upline.track, captured_fps: rate(captured), encoded_fps: rate(encoded), bitrate_bps: bps, encode_us: 0, encoder: this.#isOfJpegs ? "JPEG" : "WebCodecs", main_bps: bps });
  }

  /** @param {Ending} why */
  #end(why) {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    removeEventListener("pagehide", this.#leave);
    this.#shown.track.stop();
    this.#shown.sound?.stop();
    this.#sound?.stop();
    this.#pictures?.stop();
    this.#upline?.close();
    this.#events.onEnd(why);
  }
}
