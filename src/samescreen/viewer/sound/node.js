// @ts-check
// The two ways from blocks of samples to loudspeakers: an AudioWorklet, or, on plain http where browsers have none, a
// ScriptProcessorNode. The same player runs behind both. Main thread.

/**
 * What turns blocks into sound, on whichever thread the browser asks for it.
 * @template Message, State
 * @typedef {{take: (message: Message) => void, pull: (channels: Float32Array[]) => void, state: State}} Player
 */

/**
 * @template Message, State
 * @typedef {object} Kind
 * @property {URL} module  of the worklet, which registers `name` (processor.js)
 * @property {string} name
 * @property {number} channels
 * @property {State} silent  the state until the worklet has reported one
 * @property {() => Player<Message, State>} newPlayer
 */

/**
 * @template Message, State
 * @typedef {object} Output
 * @property {AudioNode} node
 * @property {(message: Message, transfer?: Transferable[]) => void} push
 * @property {() => State} playing
 * @property {() => void} close
 */

const SCRIPT_FRAMES = 512;

/**
 * @template Message, State
 * @param {AudioContext} context
 * @param {Kind<Message, State>} kind
 * @returns {Promise<Output<Message, State>>}
 */
export async function openNode(context, kind) {
  if (!context.audioWorklet) return scriptNode(context, kind);
  try {
    return await workletNode(context, kind);
  } catch (error) {
    console.warn("samescreen: no audio worklet:", error);
    return scriptNode(context, kind);
  }
}

/**
 * @template Message, State
 * @param {AudioContext} context
 * @param {Kind<Message, State>} kind
 * @returns {Promise<Output<Message, State>>}
 */
async function workletNode(context, { module, name, channels, silent }) {
  await context.audioWorklet.addModule(module);
  const node = new AudioWorkletNode(context, name, { numberOfInputs: 0, outputChannelCount: [channels] });
  let playing = silent;
  node.port.onmessage = ({ data }) => (playing = data);
  return {
    node,
    push: (message, transfer = []) => node.port.postMessage(message, transfer),
    playing: () => playing,
    close: () => {
      node.port.postMessage(null);
      node.disconnect();
    },
  };
}

/**
 * @template Message, State
 * @param {AudioContext} context
 * @param {Kind<Message, State>} kind
 * @returns {Output<Message, State>}
 */
function scriptNode(context, { channels, newPlayer }) {
  const player = newPlayer();
  const node = context.createScriptProcessor(SCRIPT_FRAMES, 0, channels);
  node.onaudioprocess = ({ outputBuffer }) => player.pull(Array.from({ length: channels }, (_, at) => outputBuffer.getChannelData(at)));
  return {
    node,
    push: (message) => player.take(message),
    playing: () => player.state,
    close: () => {
      node.onaudioprocess = null;
      node.disconnect();
    },
  };
}
