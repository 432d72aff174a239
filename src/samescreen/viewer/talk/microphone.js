// @ts-check
// The microphone as Opus packets of 20 ms. Main thread. Open it in a click or a key; `close` ends the track, so that the browser's own
// sign goes out.

import { VOICE_FRAMES, VOICE_MS, VOICE_RATE } from "./wire.js";

/** Why there is no microphone, or none any more. @typedef {"insecure"|"no-encoder"|"framed"|"refused"|"missing"|"busy"|"unplugged"|"broken"} NoMicrophone */

const BITRATE_BPS = 32_000;
/** `opus` is not in TypeScript's library yet. */
const CONFIG = /** @type {AudioEncoderConfig} */ (
  Object.freeze({ codec: "opus", sampleRate: VOICE_RATE, numberOfChannels: 1, bitrate: BITRATE_BPS, opus: { frameDuration: VOICE_MS * 1000, application: "voip" } })
);
const WANTED = Object.freeze({ echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 });
/** @type {Record<string, NoMicrophone>} */
const REASONS = { NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "missing", OverconstrainedError: "missing", NotReadableError: "busy", AbortError: "busy" };

/** @returns {NoMicrophone|null}  why this page can have none whatever the reader allows */
export function whyNoMicrophone() {
  if (!isSecureContext || !navigator.mediaDevices?.getUserMedia) return "insecure";
  if (!("AudioEncoder" in globalThis) || !("AudioWorkletNode" in globalThis)) return "no-encoder";
  return null;
}

/**
 * Whether this browser is known to take out of the microphone what the page plays: Chromium on desktops does so for the whole browser.
 * @param {{brands?: {brand: string}[], mobile?: boolean}|null} [agent]  navigator.userAgentData
 */
export function cancelsEcho(agent = /** @type {any} */ (navigator).userAgentData ?? null) {
  return agent !== null && agent.mobile === false && (agent.brands ?? []).some(({ brand }) => brand === "Chromium");
}

export class Microphone {
  /** @type {MediaStream|null} */ #stream = null;
  /** @type {AudioContext|null} */ #context = null;
  /** @type {AudioEncoder|null} */ #encoder = null;
  #onBlock;
  #onPacket;
  #onEnd;
  #timestamp = 0;
  #isClosed = false;

  /**
   * @param {object} events
   * @param {(block: Float32Array) => boolean} events.onBlock  whether to encode it
   * @param {(payload: Uint8Array) => void} events.onPacket
   * @param {(why: NoMicrophone) => void} events.onEnd  it is closed
   */
  constructor({ onBlock, onPacket, onEnd }) {
    this.#onBlock = onBlock;
    this.#onPacket = onPacket;
    this.#onEnd = onEnd;
  }

  /** Asks the reader, and opens it. Closed meanwhile, it ends its tracks as soon as it has them. */
  async open() {
    try {
      const stream = (this.#stream = await navigator.mediaDevices.getUserMedia({ audio: WANTED }));
      if (this.#isClosed) return this.#release();
      for (const track of stream.getTracks()) track.addEventListener("ended", () => this.#fail("unplugged"));
      this.#encoder = this.#newEncoder();
      const context = (this.#context = new AudioContext({ latencyHint: "interactive" }));
      await context.audioWorklet.addModule(new URL("capture_worklet.js", import.meta.url));
      await context.resume();
      if (this.#isClosed) return this.#release();
      // A phone call, or a machine that sleeps: nothing would be heard, and the page would say otherwise.
      context.addEventListener("statechange", () => context.state !== "running" && this.#fail("broken"));
      const node = new AudioWorkletNode(context, "samescreen-microphone", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
      node.port.onmessage = ({ data }) => this.#take(data);
      context.createMediaStreamSource(stream).connect(node);
    } catch (error) {
      console.warn("samescreen: no microphone:", error);
      const name = error instanceof DOMException ? error.name : "";
      const isFramed = name === "NotAllowedError" && globalThis.parent !== globalThis.self;
      this.#fail(isFramed ? "framed" : (REASONS[name] ?? "broken"));
    }
  }

  /** Its tracks end. */
  close() {
    this.#isClosed = true;
    this.#release();
  }

  /** @param {NoMicrophone} why */
  #fail(why) {
    if (this.#isClosed) return this.#release();
    this.close();
    this.#onEnd(why);
  }

  #release() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    if (this.#encoder && this.#encoder.state !== "closed") this.#encoder.close();
    if (this.#context && this.#context.state !== "closed") void this.#context.close();
    this.#stream = this.#context = this.#encoder = null;
  }

  #newEncoder() {
    const encoder = new AudioEncoder({
      output: (chunk) => {
        const payload = new Uint8Array(chunk.byteLength);
        chunk.copyTo(payload);
        if (!this.#isClosed) this.#onPacket(payload);
      },
      error: () => this.#fail("broken"),
    });
    encoder.configure(CONFIG);
    return encoder;
  }

  /** @param {Float32Array<ArrayBuffer>} block */
  #take(block) {
    if (this.#isClosed || !this.#encoder || !this.#onBlock(block)) return;
    const timestamp = this.#timestamp;
    this.#timestamp += VOICE_MS * 1000;
    const sound = new AudioData({ format: "f32-planar", sampleRate: VOICE_RATE, numberOfFrames: VOICE_FRAMES, numberOfChannels: 1, timestamp, data: block });
    this.#encoder.encode(sound);
    sound.close();
  }
}
