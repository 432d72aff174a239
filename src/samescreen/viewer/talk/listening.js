// @ts-check
// The voices of the others in this page: a decoder and a depth for each speaker, one output. Main thread. Start it in a click or a key.

import { bestCodec } from "../sound/decoders.js";
import { openNode } from "../sound/node.js";
import { Arrivals } from "./arrivals.js";
import { Mixer } from "./mixer.js";
import { VOICE, VOICE_MS, VOICE_RATE } from "./wire.js";

/** @typedef {import("./wire.js").Voice} Voice */
/** @typedef {{arrivals: Arrivals, decoder: AudioDecoder|null, begins: boolean, heardMs: number}} Heard */

const CONFIG = Object.freeze({ codec: "opus", sampleRate: VOICE_RATE, numberOfChannels: 1 });
/** @type {import("../sound/node.js").Kind<import("./mixer.js").VoiceBlock|number, Mixer["state"]>} */
const VOICES = {
  module: new URL("worklet.js", import.meta.url),
  name: "samescreen-voices",
  channels: 1,
  silent: [],
  newPlayer: () => new Mixer(),
};
const MOST_DECODERS = 8;
const MOST_QUEUED = 25;

export class Listening {
  #hear;
  #nowMs;
  /** @type {AudioContext|null} */ #context = null;
  /** @type {import("../sound/node.js").Output<import("./mixer.js").VoiceBlock|number, Mixer["state"]>|null} */ #output = null;
  /** @type {Map<number, Heard>} */ #heard = new Map();
  /** Speakers whom this reader does not want to hear. @type {Set<number>} */ #unheard = new Set();
  #generation = 0;

  /**
   * @param {(hearing: import("./line.js").Hearing) => void} hear  subscribes at the host
   * @param {() => number} [nowMs]
   */
  constructor(hear, nowMs = () => performance.now()) {
    this.#hear = hear;
    this.#nowMs = nowMs;
  }

  /** It neither plays nor begins to. */
  get isStopped() {
    return this.#context === null;
  }

  get isOn() {
    return this.#output !== null && this.#context?.state === "running";
  }

  /** The last node before the loudspeakers, to listen in; null while it is off. */
  get node() {
    return this.#output?.node ?? null;
  }

  /** What is buffered of each speaker. */
  get playing() {
    return this.#output?.playing() ?? [];
  }

  /** Resolves to whether the browser lets it play. */
  async start() {
    if (this.#context) {
      await this.#context.resume();
      return this.isOn;
    }
    const generation = (this.#generation += 1);
    const context = (this.#context = new AudioContext({ latencyHint: "interactive", sampleRate: VOICE_RATE }));
    const [codec, output] = await Promise.all([bestCodec(), openNode(context, VOICES), context.resume()]).catch((error) => {
      if (generation === this.#generation) this.stop();
      throw error;
    });
    if (generation !== this.#generation) {
      output.close();
      return false;
    }
    this.#output = output;
    output.node.connect(context.destination);
    this.#hear(codec);
    return this.isOn;
  }

  stop() {
    this.#generation += 1;
    this.#hear("none");
    for (const { decoder } of this.#heard.values()) close(decoder);
    this.#heard.clear();
    this.#output?.close();
    void this.#context?.close();
    this.#context = this.#output = null;
  }

  /**
   * @param {number} speaker
   * @param {boolean} isHeard
   */
  setHeard(speaker, isHeard) {
    if (isHeard) this.#unheard.delete(speaker);
    else {
      this.#unheard.add(speaker);
      this.#output?.push(speaker);
    }
  }

  /** @param {number} speaker */
  isHeard(speaker) {
    return !this.#unheard.has(speaker);
  }

  /** @param {Voice} voice */
  take(voice) {
    if (!this.#output || this.#unheard.has(voice.speaker)) return;
    const heard = this.#of(voice.speaker);
    heard.arrivals.arrived(voice.sequence, voice.begins, this.#nowMs());
    heard.begins ||= voice.begins;
    heard.heardMs = this.#nowMs();
    if (voice.kind === VOICE.mix) this.#play(voice.speaker, heard, monoOf(voice.payload));
    else this.#decode(voice, heard);
  }

  /** @param {number} speaker @returns {Heard} */
  #of(speaker) {
    const known = this.#heard.get(speaker);
    if (known) return known;
    if (this.#heard.size >= MOST_DECODERS) this.#drop([...this.#heard].sort(([, one], [, other]) => one.heardMs - other.heardMs)[0][0]);
    /** @type {Heard} */
    const heard = { arrivals: new Arrivals(), decoder: null, begins: true, heardMs: 0 };
    this.#heard.set(speaker, heard);
    return heard;
  }

  /** @param {number} speaker */
  #drop(speaker) {
    close(this.#heard.get(speaker)?.decoder ?? null);
    this.#heard.delete(speaker);
    this.#output?.push(speaker);
  }

  /**
   * @param {Voice} voice
   * @param {Heard} heard
   */
  #decode(voice, heard) {
    const decoder = (heard.decoder ??= this.#newDecoder(voice.speaker, heard));
    if (decoder.state !== "configured" || decoder.decodeQueueSize > MOST_QUEUED) return;
    const timestamp = voice.sequence * VOICE_MS * 1000;
    decoder.decode(new EncodedAudioChunk({ type: "key", timestamp, duration: VOICE_MS * 1000, data: /** @type {Uint8Array<ArrayBuffer>} */ (voice.payload) }));
  }

  /**
   * @param {number} speaker
   * @param {Heard} heard
   */
  #newDecoder(speaker, heard) {
    const decoder = new AudioDecoder({
      output: (sound) => {
        const samples = new Float32Array(sound.numberOfFrames);
        sound.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
        sound.close();
        this.#play(speaker, heard, samples);
      },
      // What one speaker sends cannot be decoded: that one is silent until the next packet.
      error: (error) => {
        console.warn("samescreen: a voice could not be decoded:", error.message);
        if (this.#heard.get(speaker) === heard) this.#drop(speaker);
      },
    });
    decoder.configure(CONFIG);
    return decoder;
  }

  /**
   * @param {number} speaker
   * @param {Heard} heard
   * @param {Float32Array} samples
   */
  #play(speaker, heard, samples) {
    if (this.#heard.get(speaker) !== heard) return;
    this.#output?.push({ speaker, samples, begins: heard.begins, depthMs: heard.arrivals.depthMs }, [samples.buffer]);
    heard.begins = false;
  }
}

/** @param {AudioDecoder|null} decoder */
function close(decoder) {
  if (decoder && decoder.state !== "closed") decoder.close();
}

/** 16-bit little-endian samples of one channel. @param {Uint8Array} payload */
function monoOf(payload) {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return Float32Array.from({ length: payload.byteLength >> 1 }, (_, at) => view.getInt16(at * 2, true) / 32_768);
}
