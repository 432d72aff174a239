// @ts-check
// One /ws/publish: offers a track, keeps the host's clock, counts what went up. Main thread. It decides nothing about pictures.
// It connects again by itself, and offers the same track again; the host then shows it under the same name.

import { Socket } from "../socket.js";
import { CLOSE, PROTOCOL_VERSION, ProtocolError } from "../wire.js";
import { Uplink } from "./uplink.js";
import { publishedMessage, toPublisher } from "./wire.js";

/** @typedef {"revoked"|"put-out"|"full"|"version"|"stopping"|"failed"|"not-allowed"|"gone"|"format"|"replaced"} Farewell */

/**
 * @typedef {object} UplineEvents
 * @property {(grant: import("./wire.js").Accepted) => void} onGrant
 * @property {(want: import("./wire.js").Want) => void} onWant
 * @property {(seen: import("./wire.js").Seen) => void} onSeen
 * @property {(isWanted: boolean) => void} [onSoundWant]  somebody listens
 * @property {() => void} onRoom  the host has got something
 * @property {() => void} onDown  the connection is gone; it comes back by itself
 * @property {(why: Farewell) => void} onEnd  it is over for good
 */

/** `jpegFps`: it offers so many JPEG files a second, and no video. `hasSound`: sound too, on a track of its own. @typedef {{stream: string, name: string, bitrateBps: number, lowBps: number, jpegFps?: number, hasSound?: boolean}} Offered */

/** The number of the track with the sound; those of pictures are below. */
export const SOUND = 255;
const OPUS = 3;
const FPS = 30;
const LOW_FPS = 10;
const STILLS = { quality: 90, fps: 8 };
const EARLY_CLOCKS = 4;
const EARLY_CLOCK_MS = 240;
const CLOCK_MS = 2_000;
/** Each `clock` is answered: a host that is silent for so long is gone. */
const SILENT_MS = 9_000;
/** A track is not kept for longer while the host cannot be reached. */
export const GONE_MS = 60_000;
/** @type {Map<number, Farewell>} */
const FINAL = new Map([
  [CLOSE.forbidden, "revoked"],
  [CLOSE.expired, "revoked"],
  [CLOSE["put-out"], "put-out"],
  [CLOSE.full, "full"],
  [CLOSE.version, "version"],
  [CLOSE.protocol, "failed"],
  [CLOSE.stopping, "stopping"],
]);

export class Upline {
  #offered;
  #events;
  #nowMs;
  #socket;
  #uplink;
  /** A secret: a later connection that names it replaces an earlier one, which the host may still take for alive. */ #program = crypto.randomUUID();
  #isGranted = false;
  /** The number of what is offered now. */ #track = 0;
  #numbers = new Map();
  #clocks = 0;
  #clockMs = -Infinity;
  #rttUs = 0;
  /** When a clock was sent that nothing has come after. A hidden tab runs no timer for a minute, so silence alone says nothing. @type {number|null} */ #askedMs = null;
  #downMs;

  /**
   * @param {string} url
   * @param {string|null} pass
   * @param {Offered} offered
   * @param {UplineEvents} events
   * @param {{around?: import("../socket.js").Surroundings, nowMs?: () => number}} [test]
   */
  constructor(url, pass, offered, events, { around, nowMs = () => performance.now() } = {}) {
    this.#offered = offered;
    this.#events = events;
    this.#nowMs = nowMs;
    this.#uplink = new Uplink(offered.bitrateBps);
    this.#downMs = nowMs();
    this.#socket = new Socket(
      url,
      {
        onConnect: () => {},
        onOpen: () => this.#opened(),
        onMessage: (data) => this.#received(data),
        onClose: ({ code }) => this.#closed(code),
        onWait: () => {},
      },
      around,
    );
    this.#socket.pass = pass;
    this.#socket.connect();
  }

  get isUp() {
    return this.#isGranted;
  }

  get bitrateBps() {
    return this.#uplink.bitrateBps;
  }

  get track() {
    return this.#track;
  }

  /** Offers this in place of what was offered; those who watch stay. @param {Offered} offered */
  reoffer(offered) {
    this.#offered = offered;
    this.#track = (this.#track + 1) % SOUND;
    const isUp = this.#isGranted;
    this.#isGranted = false;
    if (!isUp) return;
    this.#downMs = this.#nowMs();
    this.#offer();
  }

  /** The same track, by another name. @param {string} name */
  rename(name) {
    this.#offered = { ...this.#offered, name };
    if (this.#isGranted) this.#offer();
  }

  hasRoom() {
    return this.#isGranted && this.#uplink.hasRoom(this.#nowMs(), this.#socket.bufferedBytes);
  }

  /** @param {string|null} pass  for the next connection */
  setPass(pass) {
    this.#socket.pass = pass;
  }

  /** @param {Omit<import("./wire.js").Picture, "track"|"sequence">} made */
  send(made) {
    if (!this.#isGranted) return;
    const sequence = this.#numbers.get(made.rendition) ?? 0;
    this.#numbers.set(made.rendition, (sequence + 1) >>> 0);
    const message = publishedMessage({ ...made, track: made.rendition === OPUS ? SOUND : this.#track, sequence });
    this.#uplink.sent(message.length);
    this.#socket.send(message);
  }

  /** @param {import("./wire.js").FromPublisher} message */
  say(message) {
    this.#socket.send(JSON.stringify(message));
  }

  /** There is no sound any more; the pictures go on. */
  endSound() {
    if (!this.#offered.hasSound) return;
    this.#offered = { ...this.#offered, hasSound: false };
    if (!this.#isGranted) return;
    this.#offer();
    this.say({ type: "end", track: SOUND });
  }

  /** A few times a second. */
  tick() {
    const nowMs = this.#nowMs();
    this.#uplink.tick(nowMs);
    if (!this.#isGranted) {
      if (nowMs - this.#downMs > GONE_MS) this.#end("gone");
      return;
    }
    if (this.#askedMs !== null && nowMs - this.#askedMs > SILENT_MS) return this.#socket.abandon();
    if (nowMs - this.#clockMs < (this.#clocks < EARLY_CLOCKS ? EARLY_CLOCK_MS : CLOCK_MS)) return;
    this.#sayClock(nowMs);
  }

  /** Ends the track for everybody, and the connection. */
  close() {
    this.say({ type: "end", track: this.#track });
    this.#isGranted = false;
    this.#socket.close();
  }

  #opened() {
    this.#askedMs = null;
    this.#numbers.clear();
    this.#uplink = new Uplink(this.#offered.bitrateBps);
    this.#clocks = 0;
    this.say({ type: "publish", version: PROTOCOL_VERSION, name: "page", kinds: ["seen"], program: this.#program });
  }

  /** @param {number} nowMs */
  #sayClock(nowMs) {
    this.#clocks += 1;
    this.#clockMs = nowMs;
    this.#askedMs ??= nowMs;
    this.say({ type: "clock", sent_us: Math.round(nowMs * 1000), rtt_us: this.#rttUs });
  }

  #offer() {
    const { stream, name, bitrateBps, lowBps, jpegFps, hasSound } = this.#offered;
    if (hasSound) this.say({ type: "offer", track: SOUND, stream, name, video: [], stills: null, sounds: [OPUS], sound: null });
    const video = jpegFps ? [] : [
      { rendition: 0, bitrate_bps: bitrateBps, fps: FPS },
      { rendition: 1, bitrate_bps: lowBps, fps: LOW_FPS },
    ];
    this.say({ type: "offer", track: this.#track, stream, name, video, stills: jpegFps ? { ...STILLS, fps: jpegFps } : STILLS, sounds: [], sound: hasSound ? SOUND : null });
  }

  /** @param {number} code */
  #closed(code) {
    if (this.#isGranted) this.#downMs = this.#nowMs();
    this.#isGranted = false;
    const why = FINAL.get(code);
    if (why) this.#end(why);
    else this.#events.onDown();
  }

  /** @param {Farewell} why */
  #end(why) {
    this.#isGranted = false;
    this.#socket.close();
    this.#events.onEnd(why);
  }

  /** @param {string|ArrayBuffer} data */
  #received(data) {
    this.#askedMs = null;
    if (typeof data !== "string") return;
    try {
      const message = toPublisher(data);
      if ("track" in message && message.track === SOUND) return this.#heardOfSound(message);
      if ("track" in message && message.track !== this.#track) return; // of what was offered before
      /** @type {Record<string, (message: any) => void>} */ (this.#answers)[message.type]?.(message);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      console.warn("samescreen:", error.message);
    }
  }

  /** @param {import("./wire.js").ToPublisher} message  about its track */
  #heardOfSound(message) {
    if (message.type === "grant") this.say({ type: "state", track: SOUND, state: "live", reason: "live", detail: this.#offered.name, backend: "a page", notes: [] });
    else if (message.type === "want") this.#events.onSoundWant?.(message.renditions.includes(OPUS));
    else if (message.type === "faulty" || message.type === "refuse" || message.type === "ended") {
      console.warn("samescreen: the host refused the sound:", message.reason, message.detail);
      if (message.type !== "faulty") this.#events.onSoundWant?.(false);
    }
  }

  #answers = {
    published: () => this.#offer(),
    grant: (/** @type {import("./wire.js").Accepted} */ grant) => {
      this.#socket.settled();
      this.#isGranted = true;
      this.#sayClock(this.#nowMs());
      this.#events.onGrant(grant);
    },
    refuse: (/** @type {import("./wire.js").Refuse} */ { reason }) => {
      if (reason !== "asked") this.#end(reason);
    },
    want: (/** @type {import("./wire.js").Want} */ want) => this.#events.onWant(want),
    got: (/** @type {import("./wire.js").Got} */ { bytes }) => {
      this.#uplink.got(bytes);
      this.#events.onRoom();
    },
    clock: (/** @type {import("./wire.js").ClockAnswer} */ { sent_us: sentUs }) => {
      const rttUs = Math.max(1, Math.round(this.#nowMs() * 1000) - sentUs);
      this.#rttUs = this.#rttUs === 0 ? rttUs : Math.min(this.#rttUs, rttUs);
    },
    faulty: (/** @type {import("./wire.js").Faulty} */ { reason, detail }) => console.warn("samescreen: the host refused a picture:", reason, detail),
    ended: (/** @type {import("./wire.js").Ended} */ { reason }) => this.#end(reason === "stalled" ? "gone" : reason),
    seen: (/** @type {import("./wire.js").Seen} */ seen) => this.#events.onSeen(seen),
  };
}
