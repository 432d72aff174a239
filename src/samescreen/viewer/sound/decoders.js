// @ts-check
// From a packet of sound to samples: the browser's own Opus decoder where there is one (secure contexts), plain samples elsewhere.

/** @typedef {import("./sound.js").SoundPacket} SoundPacket */
/** @typedef {(left: Float32Array, right: Float32Array, ptsUs: number) => void} Decoded */
/** @typedef {{decode: (packet: SoundPacket) => void, close: () => void}} Decoder */

const OPUS = Object.freeze({ codec: "opus", sampleRate: 48_000, numberOfChannels: 2 });
const MAX_QUEUE = 20;

/** The best codec that this browser decodes. */
export async function bestCodec() {
  if (!("AudioDecoder" in globalThis)) return "pcm";
  const support = await AudioDecoder.isConfigSupported(OPUS).catch(() => null);
  return support?.supported ? "opus" : "pcm";
}

/**
 * @param {Decoded} decoded
 * @param {(error: Error) => void} failed
 * @returns {Decoder}
 */
export function opusDecoder(decoded, failed) {
  /** Of the packets being decoded: Chromium counts its own timestamps on across pauses. @type {number[]} */
  const timesUs = [];
  const decoder = new AudioDecoder({
    output: (sound) => {
      const [left, right] = [new Float32Array(sound.numberOfFrames), new Float32Array(sound.numberOfFrames)];
      sound.copyTo(left, { planeIndex: 0, format: "f32-planar" });
      sound.copyTo(right, { planeIndex: Math.min(1, sound.numberOfChannels - 1), format: "f32-planar" });
      decoded(left, right, timesUs.shift() ?? sound.timestamp);
      sound.close();
    },
    error: failed,
  });
  decoder.configure(OPUS);
  return {
    decode: ({ ptsUs, payload }) => {
      if (decoder.state !== "configured" || decoder.decodeQueueSize > MAX_QUEUE) return;
      timesUs.push(ptsUs);
      // Without `type: "key"` nothing is decoded; every Opus packet stands alone.
      decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: ptsUs, duration: 10_000, data: payload }));
    },
    close: () => {
      if (decoder.state !== "closed") decoder.close();
    },
  };
}

/**
 * @param {Decoded} decoded
 * @returns {Decoder}
 */
export function pcmDecoder(decoded) {
  return {
    decode: ({ ptsUs, payload }) => {
      const { left, right } = planesOf(payload);
      decoded(left, right, ptsUs);
    },
    close: () => {},
  };
}

/**
 * 16-bit little-endian samples, left and right in turn, as numbers from -1 to 1.
 * @param {Uint8Array} payload
 */
export function planesOf(payload) {
  const frames = payload.byteLength >> 2;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const left = new Float32Array(frames);
  const right = new Float32Array(frames);
  for (let at = 0; at < frames; at += 1) {
    left[at] = view.getInt16(at * 4, true) / 32767;
    right[at] = view.getInt16(at * 4 + 2, true) / 32767;
  }
  return { left, right };
}
