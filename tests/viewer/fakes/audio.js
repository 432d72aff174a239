// @ts-check
// The browser's audio: contexts that a test suspends, and a worklet that may be missing. Importing this file installs them.

class FakeNode {
  /** @type {unknown[]} */ connected = [];
  isConnected = true;
  gain = { value: 1, setTargetAtTime: (/** @type {number} */ value) => void (this.gain.value = value) };
  fftSize = 0;
  /** @type {((event: any) => void)|null} */ onaudioprocess = null;
  /** @type {{posted: any[], onmessage: ((event: any) => void)|null, postMessage: (message: any) => void}} */
  port = { posted: [], onmessage: null, postMessage: (message) => void this.port.posted.push(message) };
  /** What the analyser hears. @type {number[]} */ samples = [];
  /** @param {unknown} node */
  connect(node) {
    this.connected.push(node);
  }
  disconnect() {
    this.isConnected = false;
  }
  /** @param {Float32Array} into */
  getFloatTimeDomainData(into) {
    into.fill(0);
    into.set(this.samples);
  }
}

export class FakeAudioContext extends EventTarget {
  /** @type {FakeAudioContext[]} */ static made = [];
  /** What this browser is like: allows sound at once, has a worklet, loads it. */
  static like = { allows: true, worklet: true, loads: true };
  state = "suspended";
  currentTime = 0;
  destination = new FakeNode();
  /** @type {FakeNode[]} */ nodes = [];
  /** @type {{addModule: (url: URL) => Promise<void>}|undefined} */ audioWorklet = undefined;
  constructor() {
    super();
    FakeAudioContext.made.push(this);
    const { worklet, loads } = FakeAudioContext.like;
    if (worklet) this.audioWorklet = { addModule: async () => (loads ? undefined : Promise.reject(new Error("blocked"))) };
  }
  static get newest() {
    return /** @type {FakeAudioContext} */ (FakeAudioContext.made.at(-1));
  }
  #add() {
    const node = new FakeNode();
    this.nodes.push(node);
    return node;
  }
  createGain = () => this.#add();
  createAnalyser = () => this.#add();
  createScriptProcessor = () => this.#add();
  /** @param {string} state */
  become(state) {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }
  async resume() {
    if (FakeAudioContext.like.allows) this.become("running");
  }
  async close() {
    this.state = "closed";
  }
}

/** @type {FakeNode[]} */ export const worklets = [];

Object.assign(globalThis, {
  AudioContext: FakeAudioContext,
  AudioWorkletNode: class extends FakeNode {
    constructor() {
      super();
      worklets.push(this);
    }
  },
});
