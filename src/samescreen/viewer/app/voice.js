// @ts-check
// Voices on the page: the button that is held to talk, who speaks, and why there is no microphone. Main thread. What is sent and heard
// goes through talk/talker.js.

import { cancelsEcho } from "../talk/microphone.js";
import { Talker } from "../talk/talker.js";
import { byId, lasting } from "./memory.js";

/** @typedef {import("../wire.js").Voices} Voices */
/** @typedef {import("./texts.js").TextKey} TextKey */

/** Why there is no microphone. @type {Record<import("../talk/microphone.js").NoMicrophone, TextKey>} */
const WHY = {
  insecure: "voice.insecure",
  "no-encoder": "voice.no-encoder",
  framed: "voice.framed",
  refused: "voice.refused",
  missing: "voice.missing",
  busy: "voice.busy",
  unplugged: "voice.unplugged",
  broken: "voice.broken",
};

export class VoiceBar {
  #texts;
  #askFor;
  #talker;
  #secure;
  #button = byId("tool-voice");
  #hold = byId("voice-hold");
  #chip = byId("voice-chip");
  #open = /** @type {HTMLInputElement} */ (byId("voice-open"));
  #isGranted = false;
  #mayAsk = false;
  #isAsking = false;
  #wasRefused = false;
  /** @type {Voices|null} null: this host has no voices */ #voices = null;
  #listed = "";
  /** The numbers of people in the list of people, by those of their voices. @type {Map<number, number>} */ #people = new Map();
  #isDeclined = lasting.recall("voices") === "off";

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {(grants: string[]) => void} askFor  asks the host
   * @param {{link: () => string, go: () => void}} secure  this page through https; `go` as the same person
   * @param {Talker} [talker]
   */
  constructor(texts, askFor, secure, talker = new Talker(talkUrl())) {
    this.#texts = texts;
    this.#askFor = askFor;
    this.#secure = secure;
    this.#talker = talker;
    talker.addEventListener("change", () => this.#draw());
    texts.addEventListener("change", () => this.#draw());
    for (const button of [this.#button, this.#hold]) this.#holdBy(button);
    this.#open.addEventListener("change", () => this.#keepOpen());
    this.#chip.addEventListener("click", () => void this.#listen());
    byId("voice-secure").addEventListener("click", (event) => {
      event.preventDefault();
      secure.go();
    });
    byId("voice-deaf").addEventListener("click", () => this.#deafen());
    document.addEventListener("keydown", (event) => this.#typed(event, true));
    document.addEventListener("keyup", (event) => this.#typed(event, false));
    for (const name of ["blur", "pagehide"]) globalThis.addEventListener(name, () => this.#talker.hold(false));
    globalThis.addEventListener("pagehide", () => this.#talker.close());
    // The reader listened last time, so any click or key may start it.
    document.addEventListener("pointerup", () => this.#goOn());
    document.addEventListener("keydown", () => this.#goOn());
    this.#draw();
  }

  /** @param {string|null} pass  for the next connection */
  setPass(pass) {
    this.#talker.pass = pass;
  }

  /** @param {{people: import("../wire.js").Present[]}} roster  the list of people */
  listed({ people }) {
    this.#people = new Map(people.map(({ voice, person }) => [voice, person]));
    this.#draw();
  }

  /** What is played, for whoever measures it. */
  get listening() {
    return this.#talker.listening;
  }

  /** @param {{grants: string[], may_ask?: string[]}} news  what this person may do */
  granted({ grants, may_ask: mayAsk = [] }) {
    this.#isGranted = grants.includes("talk");
    this.#mayAsk = mayAsk.includes("talk");
    if (!this.#isGranted) this.#talker.close();
    this.#draw();
  }

  /** @param {{state: string}} answer */
  asked({ state }) {
    this.#isAsking = state === "waits";
    this.#wasRefused = state === "no" || state === "off";
    this.#draw();
  }

  /** The connection of the picture broke, so that of the voices may be dead. */
  lost() {
    this.#talker.doubt();
  }

  /** A new connection, which knows of no question before it. */
  welcomed() {
    this.#isAsking = false;
    this.#talker.renew();
    this.#draw();
  }

  /** The host has stopped: nobody hears this person now. */
  stopped() {
    this.#talker.close();
  }

  /** @param {Voices} voices */
  show(voices) {
    this.#voices = voices;
    if (voices.muted || !voices.on) this.#talker.close();
    this.#draw();
  }

  get #maySpeak() {
    return this.#isGranted && this.#voices !== null && this.#voices.on && !this.#voices.muted;
  }

  /** @param {HTMLElement} button */
  #holdBy(button) {
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.#maySpeak) return;
      button.setPointerCapture(event.pointerId);
      this.#speak();
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) button.addEventListener(name, () => this.#talker.hold(false));
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    button.addEventListener("click", () => {
      if (this.#isGranted || this.#isAsking) return;
      this.#askFor(["talk"]);
    });
  }

  #speak() {
    this.#talker.hold(true);
    if (!this.#talker.listening.isOn && !this.#isDeclined) void this.#listen();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {boolean} isDown
   */
  #typed(event, isDown) {
    if (event.key !== " ") return;
    if (!isDown) return this.#talker.hold(false);
    const isElsewhere = event.target instanceof HTMLElement && event.target !== this.#button && event.target !== this.#hold && event.target.closest("input, textarea, select, button, a, [contenteditable]") !== null;
    if (isElsewhere || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !this.#maySpeak) return;
    event.preventDefault();
    if (!event.repeat) this.#speak();
  }

  #keepOpen() {
    if (this.#maySpeak) this.#talker.keepOpen(this.#open.checked);
    if (this.#open.checked && !this.#isDeclined && !this.#talker.listening.isOn) void this.#listen();
    this.#draw();
  }

  async #listen() {
    this.#isDeclined = false;
    lasting.remember("voices", "on");
    await this.#talker.listen();
    this.#draw();
  }

  #goOn() {
    const somebodySpeaks = this.#others.some(({ talking }) => talking);
    if (somebodySpeaks && !this.#talker.listening.isOn && lasting.recall("voices") === "on") void this.#listen();
  }

  #deafen() {
    if (!this.#talker.listening.isOn) return void this.#listen();
    this.#isDeclined = true;
    lasting.remember("voices", "off");
    this.#talker.deafen();
  }

  get #others() {
    return (this.#voices?.speakers ?? []).filter(({ speaker }) => speaker !== this.#voices?.you);
  }

  /** @param {import("../wire.js").Speaker} speaker */
  #nameOf({ name, speaker }) {
    return name || this.#texts.of("room.nameless", this.#people.get(speaker) ?? speaker);
  }

  /** How it stands with this person's own voice. @returns {TextKey|null} */
  #fate() {
    if (this.#voices === null) return null;
    if (!this.#voices.on && this.#isGranted) return "voice.off";
    if (this.#voices.muted) return "voice.muted";
    if (!this.#isGranted) return this.#isAsking ? "control.waits" : this.#wasRefused ? "control.no" : null;
    if (this.#talker.why !== null) return WHY[this.#talker.why];
    if (this.#talker.isOpening) return "voice.opening";
    if (this.#talker.isSpeaking) return this.#isCrowded ? "voice.crowded" : "voice.heard";
    return this.#talker.isKeptOpen ? "voice.open-now" : "voice.how";
  }

  get #isCrowded() {
    return this.#others.filter(({ talking }) => talking).length >= 4;
  }

  #draw() {
    const isOffered = this.#voices !== null && (this.#isGranted || this.#mayAsk);
    const fate = this.#fate();
    const words = fate === null ? "" : this.#texts.of(fate);
    this.#button.hidden = this.#hold.hidden = !isOffered;
    this.#texts.label(this.#button, this.#isGranted ? "voice.hold" : "voice.ask");
    this.#hold.textContent = this.#texts.of(this.#isGranted ? "voice.hold" : "voice.ask");
    for (const button of [this.#button, this.#hold]) {
      button.setAttribute("aria-pressed", String(this.#talker.isSpeaking));
      button.setAttribute("aria-disabled", String(this.#isGranted ? !this.#maySpeak : this.#isAsking));
    }
    byId("voice").hidden = !isOffered && this.#others.length === 0;
    byId("voice-note").textContent = words;
    const secure = /** @type {HTMLAnchorElement} */ (byId("voice-secure"));
    secure.hidden = fate !== "voice.insecure";
    if (!secure.hidden) secure.href = this.#secure.link();
    byId("voice-open-row").hidden = !this.#maySpeak || ["voice.insecure", "voice.no-encoder"].includes(fate ?? "");
    this.#open.checked = this.#talker.isKeptOpen;
    byId("voice-open-text").textContent = this.#texts.of(cancelsEcho() ? "voice.open" : "voice.open-headphones");
    this.#drawOthers();
    document.documentElement.dataset.voice = this.#talker.isSpeaking ? "speaking" : this.#talker.hasMicrophone ? "open" : isOffered ? "off" : "";
    document.documentElement.dataset.voices = this.#talker.listening.isOn ? "on" : "off";
  }

  #drawOthers() {
    const isOn = this.#talker.listening.isOn;
    const talking = this.#others.filter((each) => each.talking).map((each) => this.#nameOf(each));
    const names = new Intl.ListFormat(this.#texts.tag, { type: "conjunction" }).format(talking);
    const line = byId("voice-line");
    // The microphone of this page has no bar of its own, so what happens with it is said here.
    const own = this.#talker.isSpeaking || this.#talker.isOpening || (this.#talker.isHeld && this.#talker.why !== null) ? this.#fate() : null;
    const said = [own === null ? "" : this.#texts.of(own), isOn && talking.length > 0 ? this.#texts.of("voice.talks").replace("{names}", () => names) : ""];
    line.textContent = said.filter(Boolean).join(" · ");
    line.hidden = line.textContent === "";
    this.#chip.hidden = isOn || this.#isDeclined || talking.length === 0;
    byId("voice-chip-text").textContent = this.#texts.of("voice.hear").replace("{names}", () => names);
    byId("voice-deaf").textContent = this.#texts.of(isOn ? "voice.deafen" : "voice.listen");
    byId("voice-deaf").hidden = this.#voices === null;
    // A button that has the focus stays while nothing changed.
    const listed = JSON.stringify([this.#others, this.#others.map((each) => this.#nameOf(each)), this.#others.map(({ speaker }) => this.#talker.listening.isHeard(speaker)), this.#texts.tag]);
    if (listed !== this.#listed) byId("voice-list").replaceChildren(...this.#others.map((each) => this.#row(each)));
    this.#listed = listed;
  }

  /** @param {import("../wire.js").Speaker} each */
  #row(each) {
    const [row, name, button] = [document.createElement("li"), document.createElement("span"), document.createElement("button")];
    const isHeard = this.#talker.listening.isHeard(each.speaker);
    const state = each.muted ? "voice.is-muted" : each.talking ? "voice.is-talking" : null;
    name.textContent = [this.#nameOf(each), ...(state ? [this.#texts.of(state)] : [])].join(" · ");
    button.type = "button";
    button.className = "small";
    button.textContent = this.#texts.of(isHeard ? "voice.unhear" : "voice.hear-again");
    button.setAttribute("aria-label", `${button.textContent}: ${this.#nameOf(each)}`);
    button.addEventListener("click", () => {
      this.#talker.listening.setHeard(each.speaker, !isHeard);
      this.#draw();
    });
    row.append(name, button);
    return row;
  }
}

function talkUrl() {
  const url = new URL("ws/talk", document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.search = url.hash = "";
  return url.href;
}
