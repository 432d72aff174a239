// @ts-check
// The two ways from blocks of samples to loudspeakers: an AudioWorklet, or, on plain http where browsers have none, a
// ScriptProcessorNode. Both play through the same jitter buffer. Main thread.

import { JitterBuffer } from "./jitter.js";

/** @typedef {{playingUs: number|null, targetMs: number, fill: number, underruns: number, jumps: number}} Playing */

/**
 * @typedef {object} Output
 * @property {AudioNode} node
 * @property {(left: Float32Array, right: Float32Array, ptsUs: number) => void} push
 * @property {() => Playing|null} playing
 * @property {() => void} close
 */

const SCRIPT_FRAMES = 512;

/**
 * @param {AudioContext} context
 * @returns {Promise<Output>}
 */
export async function openOutput(context) {
  if (!context.audioWorklet) return scriptOutput(context);
  try {
    return await workletOutput(context);
  } catch (error) {
    console.warn("samescreen: no audio worklet:", error);
    return scriptOutput(context);
  }
}

/**
 * @param {AudioContext} context
 * @returns {Promise<Output>}
 */
async function workletOutput(context) {
  await context.audioWorklet.addModule(new URL("worklet.js", import.meta.url));
  const node = new AudioWorkletNode(context, "samescreen-sound", { numberOfInputs: 0, outputChannelCount: [2] });
  /** @type {Playing|null} */
  let playing = null;
  node.port.onmessage = ({ data }) => (playing = data);
  return {
    node,
    push: (left, right, ptsUs) => node.port.postMessage({ left, right, ptsUs }, [left.buffer, right.buffer]),
    playing: () => playing,
    close: () => {
      node.port.postMessage(null);
      node.disconnect();
    },
  };
}

/**
 * @param {AudioContext} context
 * @returns {Output}
 */
function scriptOutput(context) {
  const buffer = new JitterBuffer();
  const node = context.createScriptProcessor(SCRIPT_FRAMES, 0, 2);
  node.onaudioprocess = ({ outputBuffer }) => buffer.pull(outputBuffer.getChannelData(0), outputBuffer.getChannelData(1));
  return {
    node,
    push: (left, right, ptsUs) => buffer.push(left, right, ptsUs),
    playing: () => buffer,
    close: () => {
      node.onaudioprocess = null;
      node.disconnect();
    },
  };
}
