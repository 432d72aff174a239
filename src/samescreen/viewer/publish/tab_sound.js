// @ts-check
// The sound of what is shown, such as a tab's, as Opus packets of 10 ms while somebody listens. Main thread; the browser encodes on a thread
// of its own. It is the stream's sound, which its viewers hear, and has nothing to do with voices. Only Chromium gives a page such a track.

import { Times } from "./times.js";

export const SOUND_BPS = 96_000;
const PACKET_US = 10_000;
const MOST_CHANNELS = 2;
const SILENT_PEAK = 1e-4;
/** Silence is not sent once it lasts for so many blocks. */
const SILENT_BLOCKS = 50;
const MOST_LOSSES = 3;

/**
 * @typedef {object} SoundOut
 * @property {(payload: Uint8Array, ptsUs: number) => void} packet
 * @property {() => void} end  there is no sound any more
 */

/** What a test replaces. @typedef {{newEncoder: (init: AudioEncoderInit) => AudioEncoder, newReader: (track: MediaStreamTrack) => ReadableStreamDefaultReader<AudioData>}} Kit */

/** @type {Kit} */
const BROWSER = {
  newEncoder: (init) => new AudioEncoder(init),
  newReader: (track) => new /** @type {any} */ (globalThis).MediaStreamTrackProcessor({ track }).readable.getReader(),
};

export class TabSound {
  #track;
  #out;
  #kit;
  #reader;
  #times = new Times();
  /** @type {AudioEncoder|null} */ #encoder = null;
  /** What the encoder takes. */ #form = "";
  #isWanted = false;
  #isOver = false;
  #silent = 0;
  #losses = 0;

  /**
   * @param {MediaStreamTrack} track
   * @param {SoundOut} out
   * @param {Kit} [kit]
   */
  constructor(track, out, kit = BROWSER) {
    this.#track = track;
    this.#out = out;
    this.#kit = kit;
    this.#reader = kit.newReader(track);
    void this.#read();
  }

  /** @param {boolean} isWanted  somebody listens */
  want(isWanted) {
    this.#isWanted = isWanted;
    if (!isWanted) this.#rest();
  }

  /** The track ends with it. */
  stop() {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#rest();
    this.#track.stop();
    this.#reader.cancel().catch(() => {});
  }

  async #read() {
    for (;;) {
      const { value, done } = await this.#reader.read().catch(() => ({ value: undefined, done: true }));
      if (done || !value) break;
      if (this.#isWanted && !this.#isOver && !this.#isSilence(value)) this.#encode(value);
      value.close();
    }
    if (this.#isOver) return;
    this.stop();
    this.#out.end();
  }

  /** @param {AudioData} sound */
  #isSilence(sound) {
    const samples = new Float32Array(sound.numberOfFrames);
    let isLoud = false;
    for (let planeIndex = 0; planeIndex < sound.numberOfChannels && !isLoud; planeIndex += 1) {
      sound.copyTo(samples, { planeIndex, format: "f32-planar" });
      isLoud = samples.some((sample) => Math.abs(sample) > SILENT_PEAK);
    }
    this.#silent = isLoud ? 0 : this.#silent + 1;
    return this.#silent > SILENT_BLOCKS;
  }

  /** @param {AudioData} sound */
  #encode(sound) {
    const form = `${sound.sampleRate}×${sound.numberOfChannels}`;
    if (form !== this.#form) this.#rest();
    try {
      this.#encoder ??= this.#opened(sound);
      this.#form = form;
      this.#encoder.encode(sound);
    } catch (error) {
      this.#lost(String(error));
    }
  }

  /** @param {AudioData} sound @returns {AudioEncoder} */
  #opened({ sampleRate, numberOfChannels }) {
    const encoder = this.#kit.newEncoder({
      output: (chunk) => encoder === this.#encoder && this.#came(chunk),
      error: (error) => encoder === this.#encoder && this.#lost(error.message),
    });
    /** `opus` is not in TypeScript's library yet. */
    const config = { codec: "opus", sampleRate, numberOfChannels: Math.min(MOST_CHANNELS, numberOfChannels), bitrate: SOUND_BPS, opus: { frameDuration: PACKET_US } };
    encoder.configure(/** @type {AudioEncoderConfig} */ (config));
    return encoder;
  }

  /** @param {EncodedAudioChunk} chunk */
  #came(chunk) {
    this.#losses = 0;
    const payload = new Uint8Array(chunk.byteLength);
    chunk.copyTo(payload);
    this.#out.packet(payload, this.#times.of(chunk.timestamp, performance.now() * 1000));
  }

  #rest() {
    const encoder = this.#encoder;
    this.#encoder = null;
    this.#form = "";
    if (encoder && encoder.state !== "closed") encoder.close();
  }

  /** @param {string} detail */
  #lost(detail) {
    console.warn("samescreen: the sound's encoder is lost:", detail);
    this.#rest();
    this.#losses += 1;
    if (this.#losses < MOST_LOSSES || this.#isOver) return;
    this.stop();
    this.#out.end();
  }
}
