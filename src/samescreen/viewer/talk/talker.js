// @ts-check
// This person in the conversation: when the microphone is open, what of it is sent, and whether the others are heard. Main thread. It
// draws nothing; it dispatches "change". `hold`, `keepOpen` and `listen` must be called from a click or a key.

import { TalkLine } from "./line.js";
import { Listening } from "./listening.js";
import { Microphone, whyNoMicrophone } from "./microphone.js";
import { Speech } from "./speech.js";

/** The microphone closes so long after the button was let go: opening it anew takes a moment. */
export const RESTS_MS = 20_000;
/** It is not kept open for longer while the host cannot be reached. */
export const GONE_MS = 60_000;

/** @typedef {import("./microphone.js").NoMicrophone} NoMicrophone */

/** What a test replaces. */
const BROWSER = {
  /** @type {(...given: ConstructorParameters<typeof TalkLine>) => Pick<TalkLine, "hear"|"speak"|"hush"|"doubt"|"renew"|"close">} */
  newLine: (...given) => new TalkLine(...given),
  /** @type {(...given: ConstructorParameters<typeof Microphone>) => Pick<Microphone, "open"|"close">} */
  newMicrophone: (...given) => new Microphone(...given),
  /** @type {(...given: ConstructorParameters<typeof Listening>) => Pick<Listening, "start"|"stop"|"take"|"setHeard"|"isHeard"|"isOn"|"isStopped"|"node"|"playing">} */
  newListening: (...given) => new Listening(...given),
  why: whyNoMicrophone,
};

export class Talker extends EventTarget {
  #url;
  #around;
  /** @type {string|null} */ pass = null;
  /** Why there is no microphone; null: nothing is known against it. @type {NoMicrophone|null} */ why;
  /** @type {ReturnType<typeof BROWSER.newLine>|null} */ #line = null;
  /** @type {ReturnType<typeof BROWSER.newMicrophone>|null} */ #microphone = null;
  #isReady = false;
  #isHeld = false;
  #isKeptOpen = false;
  #isSpeaking = false;
  #begins = false;
  #speech = new Speech();
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #rest;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #gone;
  /** The others, as this page hears them. */ listening;

  /**
   * @param {string} url  of /ws/talk
   * @param {Partial<typeof BROWSER>} [around]
   */
  constructor(url, around = {}) {
    super();
    this.#url = url;
    this.#around = { ...BROWSER, ...around };
    this.why = this.#around.why();
    this.listening = this.#around.newListening((hearing) => this.#hear(hearing));
  }

  /** The reader wants to speak, and the microphone is not there yet. */
  get isOpening() {
    return this.#microphone !== null && !this.#isReady;
  }

  /** The microphone is open; the browser shows its sign. */
  get hasMicrophone() {
    return this.#isReady;
  }

  get isSpeaking() {
    return this.#isSpeaking;
  }

  get isHeld() {
    return this.#isHeld;
  }

  get isKeptOpen() {
    return this.#isKeptOpen;
  }

  /** Resolves to whether the others are heard now. */
  async listen() {
    this.#open();
    const plays = await this.listening.start().catch((error) => {
      console.warn("samescreen: no voices:", error);
      return false;
    });
    this.#closeIfIdle();
    this.#changed();
    return plays;
  }

  deafen() {
    this.listening.stop();
    this.#closeIfIdle();
    this.#changed();
  }

  /** @param {boolean} isHeld  the button or the key is down */
  hold(isHeld) {
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    if (isHeld) this.#wake();
    else if (!this.#isKeptOpen) this.#pause();
    this.#changed();
  }

  /** @param {boolean} isOpen  speech is sent without a button */
  keepOpen(isOpen) {
    this.#isKeptOpen = isOpen;
    if (isOpen) this.#wake();
    else if (!this.#isHeld) this.close();
    this.#changed();
  }

  /** See socket.js. */
  doubt() {
    this.#line?.doubt();
  }

  renew() {
    this.#line?.renew();
  }

  /** The microphone ends, at once. */
  close() {
    clearTimeout(this.#rest);
    this.#isHeld = this.#isKeptOpen = this.#isReady = false;
    this.#pause();
    clearTimeout(this.#rest);
    this.#microphone?.close();
    this.#microphone = null;
    this.#closeIfIdle();
    this.#changed();
  }

  #wake() {
    clearTimeout(this.#rest);
    this.#open();
    if (this.#microphone) return;
    this.why = this.#around.why();
    if (this.why !== null) {
      this.#isHeld = this.#isKeptOpen = false;
      return;
    }
    const microphone = this.#around.newMicrophone({
      onBlock: (block) => this.#wants(block),
      onPacket: (payload) => this.#send(payload),
      onEnd: (why) => this.#ended(microphone, why),
    });
    this.#microphone = microphone;
    void microphone.open().then(() => {
      if (this.#microphone !== microphone) return;
      this.#isReady = true;
      this.why = null;
      if (!this.#isHeld && !this.#isKeptOpen) this.#pause();
      this.#changed();
    });
  }

  /**
   * @param {ReturnType<typeof BROWSER.newMicrophone>} microphone
   * @param {NoMicrophone} why
   */
  #ended(microphone, why) {
    if (this.#microphone !== microphone) return;
    this.why = why;
    this.close();
  }

  /** @param {Float32Array} block */
  #wants(block) {
    const isSpeech = this.#speech.take(block);
    const wants = this.#isHeld || (this.#isKeptOpen && isSpeech);
    if (wants && !this.#isSpeaking) {
      this.#isSpeaking = this.#begins = true;
      this.#changed();
    } else if (!wants) this.#silence();
    return wants;
  }

  /** @param {Uint8Array} payload */
  #send(payload) {
    if (!this.#isSpeaking) return;
    this.#line?.speak(payload, this.#begins);
    this.#begins = false;
  }

  #silence() {
    if (!this.#isSpeaking) return;
    this.#isSpeaking = false;
    this.#line?.hush();
    this.#changed();
  }

  #pause() {
    this.#silence();
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.close(), RESTS_MS);
  }

  #open() {
    this.#line ??= this.#around.newLine(this.#url, this.pass, {
      onVoice: (voice) => this.listening.take(voice),
      onState: (isOpen, isFinal) => {
        this.#wait(!isOpen);
        if (!isFinal) return;
        this.#line = null;
        this.listening.stop();
        this.close();
      },
    });
  }

  /** @param {boolean} isGone  the host cannot be reached */
  #wait(isGone) {
    if (!isGone) clearTimeout(this.#gone);
    this.#gone = isGone ? (this.#gone ?? setTimeout(() => ((this.#gone = undefined), this.close()), GONE_MS)) : undefined;
  }

  /** @param {import("./line.js").Hearing} hearing */
  #hear(hearing) {
    this.#line?.hear(hearing);
  }

  #closeIfIdle() {
    if (this.#microphone || !this.listening.isStopped) return;
    this.#wait(false);
    this.#line?.close();
    this.#line = null;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
