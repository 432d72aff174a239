// @ts-check
// The host's sound in this page: off until `start` is called from a click or a key, as browsers ask. Main thread.
// The host sends nothing while it is off. It draws no controls, and it never delays a picture.

import { RENDITION } from "../wire.js";
import { bestCodec, opusDecoder, pcmDecoder } from "./decoders.js";
import { openNode } from "./node.js";
import { SoundPlayer } from "./player.js";

/** @typedef {{rendition: number, sequence: number, ptsUs: number, payload: Uint8Array}} SoundPacket */

const RATE = 48_000;
const METER_FRAMES = 1024;
/** @type {import("./node.js").Kind<import("./player.js").Block, import("./player.js").Playing|null>} */
const SOUND = {
  module: new URL("worklet.js", import.meta.url),
  name: "samescreen-sound",
  channels: 2,
  silent: null,
  newPlayer: () => new SoundPlayer(),
};

export class Sound {
  #listen;
  #volume = 1;
  /** @type {"opus"|"pcm"|null} */ #codec = null;
  /** @type {AudioContext|null} */ #context = null;
  /** @type {GainNode|null} */ #gain = null;
  /** @type {AnalyserNode|null} */ #analyser = null;
  /** @type {import("./node.js").Output<import("./player.js").Block, import("./player.js").Playing|null>|null} */ #output = null;
  /** @type {import("./decoders.js").Decoder|null} */ #decoder = null;
  /** Counts starts and stops, so that a start ends when another one or a stop follows. */ #generation = 0;
  #mustBePcm = false;
  #samples = new Float32Array(METER_FRAMES);

  /** Called when the browser stops it or lets it go on. */ onInterruption = () => {};

  /** @param {(codec: "opus"|"pcm"|null) => void} listen  subscribes at the host; null ends that */
  constructor(listen) {
    this.#listen = listen;
  }

  /** The codec in which the host sends sound now; null: none. */
  get codec() {
    return this.#codec;
  }

  get isOn() {
    return this.#context !== null;
  }

  /** It was on, and the browser stopped it: a phone call, another tab. `start` goes on. */
  get isInterrupted() {
    return this.#output !== null && this.#context?.state !== "running";
  }

  /** The last node before the loudspeakers, to listen in; null while it is off. */
  get node() {
    return this.#gain;
  }

  /** State of the jitter buffer; null while unknown. */
  get playing() {
    return this.#output?.playing() ?? null;
  }

  /** 0 to 1. */
  get volume() {
    return this.#volume;
  }

  set volume(volume) {
    this.#volume = Math.max(0, Math.min(1, volume));
    // Squared, since loudness is felt in ratios.
    if (this.#gain && this.#context) this.#gain.gain.setTargetAtTime(this.#volume ** 2, this.#context.currentTime, 0.01);
  }

  /** The largest sample of the last 20 ms: 0 to 1, and a little more for loud sound. */
  get level() {
    if (!this.#analyser) return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return this.#samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  }

  /** Resolves to whether the browser lets it play; call it from a click or a key. */
  async start() {
    if (this.#context) {
      await this.#context.resume();
      return this.#context.state === "running";
    }
    const generation = (this.#generation += 1);
    const context = (this.#context = new AudioContext({ latencyHint: "interactive", sampleRate: RATE }));
    context.addEventListener("statechange", () => {
      if (context === this.#context) this.onInterruption();
    });
    const opening = Promise.all([bestCodec(), openNode(context, SOUND), context.resume()]);
    const [codec, output] = await opening.catch((error) => {
      if (generation === this.#generation) this.stop();
      throw error;
    });
    if (generation !== this.#generation) {
      output.close();
      return false;
    }
    this.#output = output;
    this.#connect(context, output.node);
    this.#choose(this.#mustBePcm ? "pcm" : codec);
    return context.state === "running";
  }

  /** Nothing is sent or played any more. */
  stop() {
    this.#generation += 1;
    this.#codec = null;
    this.#listen(null);
    this.#decoder?.close();
    this.#output?.close();
    this.#context?.close();
    this.#context = this.#gain = this.#analyser = this.#output = this.#decoder = null;
  }

  close() {
    if (this.isOn) this.stop();
  }

  /** @param {SoundPacket} packet */
  push(packet) {
    const isMine = packet.rendition === (this.#codec === "opus" ? RENDITION.opus : RENDITION.pcm);
    if (this.#codec && isMine) this.#decoder?.decode(packet);
  }

  /**
   * @param {AudioContext} context
   * @param {AudioNode} node
   */
  #connect(context, node) {
    this.#gain = context.createGain();
    this.#gain.gain.value = this.#volume ** 2;
    this.#analyser = context.createAnalyser();
    this.#analyser.fftSize = METER_FRAMES;
    node.connect(this.#gain);
    this.#gain.connect(this.#analyser);
    this.#gain.connect(context.destination);
  }

  /** @param {"opus"|"pcm"} codec */
  #choose(codec) {
    /** @type {import("./decoders.js").Decoded} */
    const decoded = (left, right, ptsUs) => this.#output?.push({ left, right, ptsUs }, [left.buffer, right.buffer]);
    this.#decoder?.close();
    this.#decoder = codec === "opus" ? opusDecoder(decoded, (error) => this.#failed(error)) : pcmDecoder(decoded);
    this.#codec = codec;
    this.#listen(codec);
  }

  /** @param {Error} error  of the browser's decoder: plain samples always work */
  #failed(error) {
    console.warn("samescreen: the sound decoder failed:", error.message);
    this.#mustBePcm = true;
    if (this.#codec === "opus") this.#choose("pcm");
  }
}
