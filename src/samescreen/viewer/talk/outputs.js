// @ts-check
// The two ways from voices to loudspeakers: an AudioWorklet, or, on plain http where browsers have none, a ScriptProcessorNode. Both
// play through the same mixer. Main thread.

import { Mixer } from "./mixer.js";

/** @typedef {import("./mixer.js").VoiceBlock} VoiceBlock */
/** @typedef {Mixer["state"]} VoicesPlaying */

/**
 * @typedef {object} VoiceOutput
 * @property {AudioNode} node
 * @property {(block: VoiceBlock) => void} push
 * @property {(speaker: number) => void} forget
 * @property {() => VoicesPlaying} playing
 * @property {() => void} close
 */

const SCRIPT_FRAMES = 512;

/**
 * @param {AudioContext} context
 * @returns {Promise<VoiceOutput>}
 */
export async function openVoices(context) {
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
 * @returns {Promise<VoiceOutput>}
 */
async function workletOutput(context) {
  await context.audioWorklet.addModule(new URL("worklet.js", import.meta.url));
  const node = new AudioWorkletNode(context, "samescreen-voices", { numberOfInputs: 0, outputChannelCount: [1] });
  /** @type {VoicesPlaying} */
  let playing = [];
  node.port.onmessage = ({ data }) => (playing = data);
  return {
    node,
    push: (block) => node.port.postMessage(block, [block.samples.buffer]),
    forget: (speaker) => node.port.postMessage(speaker),
    playing: () => playing,
    close: () => {
      node.port.postMessage(null);
      node.disconnect();
    },
  };
}

/**
 * @param {AudioContext} context
 * @returns {VoiceOutput}
 */
function scriptOutput(context) {
  const mixer = new Mixer();
  const node = context.createScriptProcessor(SCRIPT_FRAMES, 0, 1);
  node.onaudioprocess = ({ outputBuffer }) => mixer.pull(outputBuffer.getChannelData(0));
  return {
    node,
    push: (block) => mixer.push(block),
    forget: (speaker) => mixer.forget(speaker),
    playing: () => mixer.state,
    close: () => {
      node.onaudioprocess = null;
      node.disconnect();
    },
  };
}
