// @ts-check
// Chooses how video is decoded, by trying: WebCodecs → WebCodecs in software → WASM → stills only. Either thread.
// The selector leaves a decoder that fails, or that reports a better path itself.
// The first real keyframe is the probe, so choosing costs no round trip. It never reads the user agent and never paints.

import { WasmDecoder } from "./wasm.js";
import { WebCodecsDecoder } from "./webcodecs.js";

/** @typedef {import("../wire.js").Path} Path */
/** @typedef {import("../wire.js").Config} Config */
/** @typedef {import("../wire.js").Packet} Packet */

/**
 * @typedef {object} DecoderEvents
 * @property {(picture: import("./painter.js").Picture) => void} onPicture
 * @property {(error: Error) => void} onError
 * @property {() => void} onBetterPath  it works, but another path would do better; may be called with every picture
 */

/**
 * What every decoder is.
 * @typedef {object} Decoder
 * @property {number} queue  packets not yet decoded
 * @property {boolean} isLoading  it cannot decode yet, through no fault of the packets
 * @property {number} queueLimit  above it, drop to the next keyframe
 * @property {(config: Config) => void} configure
 * @property {(packet: Packet) => void} decode
 * @property {() => void} [prepare]  packets may come soon: load what decoding needs
 * @property {() => void} close
 */

/**
 * @typedef {object} Candidate
 * @property {string} key  what the page remembers
 * @property {Path} path
 * @property {() => boolean} isPossible
 * @property {(events: DecoderEvents, nowUs: () => number) => Decoder|null} build  null: stills only
 */

/**
 * Best first.
 * @param {import("./planes.js").PlanesPainter} planes  paints what decoders leave in memory
 * @param {import("./film.js").Film} [film]  takes frames while they are film
 * @returns {Candidate[]}
 */
export const candidatesWith = (planes, film) => [
  {
    key: "webcodecs",
    path: "webcodecs",
    isPossible: () => globalThis.isSecureContext && "VideoDecoder" in globalThis,
    build: (events, nowUs) => new WebCodecsDecoder(events, nowUs, planes, "no-preference", film),
  },
  {
    key: "webcodecs-software",
    path: "webcodecs",
    isPossible: () => globalThis.isSecureContext && "VideoDecoder" in globalThis,
    build: (events, nowUs) => new WebCodecsDecoder(events, nowUs, planes, "prefer-software", film),
  },
  {
    key: "wasm",
    path: "wasm",
    isPossible: () => typeof WebAssembly === "object",
    build: (events, nowUs) => new WasmDecoder(events, nowUs, planes),
  },
  {
    key: "jpeg",
    path: "jpeg",
    isPossible: () => typeof createImageBitmap === "function",
    build: () => null,
  },
];

// A second of silence, counted in ticks of 250 ms: after a frozen tab only one tick has passed, however late it is.
const SILENT_TICKS = 4;
const REBUILDS = 3;
const REBUILDS_WINDOW_US = 10_000_000;

/**
 * @typedef {object} SelectorEvents
 * @property {(picture: import("./painter.js").Picture) => void} onPicture
 * @property {(reason: string|null) => void} onRebuilt  the decoder is a new one and needs a keyframe; null: nothing failed
 * @property {() => void} onSelected  the path changed
 * @property {(reason: string) => void} onExhausted  why the last candidate failed
 */

export class DecoderSelector {
  #candidates;
  #events;
  #nowUs;
  #at = 0;
  #silentTicks = 0;
  #pictures = 0;
  /** @type {number[]} when the selected decoder was rebuilt */ #rebuiltUs = [];
  /** @type {Config|null} */ #config = null;
  /** @type {Decoder|null} */ #decoder = null;

  /**
   * @param {Path|null} wanted  this path and no other
   * @param {string|null} remembered  key of the candidate to begin with
   * @param {SelectorEvents} events
   * @param {() => number} nowUs
   * @param {Candidate[]} candidates
   */
  constructor(wanted, remembered, events, nowUs, candidates) {
    this.#candidates = candidates.filter((candidate) => candidate.isPossible() && (wanted === null || candidate.path === wanted));
    this.#events = events;
    this.#nowUs = nowUs;
    this.#at = Math.max(
      0,
      this.#candidates.findIndex((candidate) => candidate.key === remembered),
    );
    this.#build();
  }

  /** @returns {Candidate|null} null: nothing on this page decodes */
  get selected() {
    return this.#candidates[this.#at] ?? null;
  }

  /** @returns {import("../wire.js").Codec[]} */
  get accepts() {
    return this.#decoder ? ["h264", "jpeg"] : ["jpeg"];
  }

  get decodesVideo() {
    return this.#decoder !== null;
  }

  get queue() {
    return this.#decoder?.queue ?? 0;
  }

  get isOverfull() {
    return this.#decoder !== null && this.#decoder.queue > this.#decoder.queueLimit;
  }

  /**
   * True when packets of this config need no keyframe of their own.
   * @param {Config} config
   */
  configure(config) {
    const isSame =
      this.#config !== null &&
      ["codec_string", "width", "height", "coded_width", "coded_height"].every(
        (field) => this.#config?.[/** @type {keyof Config} */ (field)] === config[/** @type {keyof Config} */ (field)],
      );
    this.#config = config;
    if (!isSame) this.#decoder?.configure(config);
    return isSame;
  }

  /** @param {Packet} packet */
  decode(packet) {
    this.#decoder?.decode(packet);
  }

  /** Packets may come soon. */
  prepare() {
    this.#decoder?.prepare?.();
  }

  /** Discards what is in the decoder; the path stays the same. */
  rebuild() {
    this.#build();
  }

  /** The decoder must get a verdict: packets in and nothing out for a second is a failure. */
  tick() {
    const isSilent = this.#decoder !== null && this.#decoder.queue > 0 && !this.#decoder.isLoading;
    this.#silentTicks = isSilent ? this.#silentTicks + 1 : 0;
    if (this.#silentTicks > SILENT_TICKS) this.fail(new Error("the decoder puts out nothing"));
  }

  /** @param {Error} error */
  fail(error) {
    const nowUs = this.#nowUs();
    this.#rebuiltUs = this.#rebuiltUs.filter((atUs) => nowUs - atUs < REBUILDS_WINDOW_US);
    // The browser takes idle decoders away from hidden tabs; that is no failure of the path.
    const wasReclaimed = error.name === "QuotaExceededError";
    const hasWorked = this.#pictures > 0 && this.#decoder !== null && this.#rebuiltUs.length < REBUILDS;
    if (wasReclaimed || hasWorked) {
      this.#rebuiltUs.push(nowUs);
      this.#build();
      this.#events.onRebuilt(error.message);
      return;
    }
    this.#fallBack(error);
  }

  close() {
    this.#decoder?.close();
    this.#decoder = null;
  }

  /** @param {Error} error */
  #fallBack(error) {
    if (this.#at + 1 >= this.#candidates.length) {
      this.close();
      this.#events.onExhausted(error.message);
      return;
    }
    this.#goTo(this.#at + 1, error.message);
  }

  #takeBetterPath() {
    const here = this.selected?.path;
    const other = this.#candidates.findIndex(({ path }, at) => at > this.#at && path !== here && path !== "jpeg");
    if (other > 0) this.#goTo(other, null);
  }

  /**
   * @param {number} at
   * @param {string|null} reason
   */
  #goTo(at, reason) {
    this.#at = at;
    this.#rebuiltUs = [];
    this.#pictures = 0;
    this.#build();
    this.prepare(); // video comes already
    this.#events.onSelected();
    this.#events.onRebuilt(reason);
  }

  #build() {
    this.#decoder?.close();
    this.#silentTicks = 0;
    const events = {
      onPicture: (/** @type {import("./painter.js").Picture} */ picture) => this.#onPicture(picture),
      onError: (/** @type {Error} */ error) => this.fail(error),
      onBetterPath: () => this.#takeBetterPath(),
    };
    this.#decoder = this.selected?.build(events, this.#nowUs) ?? null;
    if (this.#config) this.#decoder?.configure(this.#config);
  }

  /** @param {import("./painter.js").Picture} picture */
  #onPicture(picture) {
    this.#silentTicks = 0;
    this.#pictures += 1;
    this.#events.onPicture(picture);
  }
}
