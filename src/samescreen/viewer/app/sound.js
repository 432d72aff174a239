// @ts-check
// Sound's part of the page: the chip that turns it on, since browsers play nothing before a click, and mute, volume and level in the
// bar. Main thread. It decides when to play; viewer.sound plays.

import { byId, lasting } from "./memory.js";

/** @typedef {import("../wire.js").Audio} Audio */
/** @typedef {import("../sound/sound.js").Sound} Sound */

const LEVEL_MS = 50;
const FALL = 0.8;
export class SoundBar {
  #texts;
  #chip = byId("sound-chip");
  #mute = byId("tool-mute");
  #volume = /** @type {HTMLInputElement} */ (byId("tool-volume"));
  /** @type {Sound|null} */ #sound = null;
  /** @type {Audio|null} */ #audio = null;
  #isPlaying = false;
  #isStarting = false;
  /** Counts what ends a start that is under way. */ #turn = 0;
  #isBlocked = false;
  #wasLive = false;
  /** Kept here too, for browsers that forbid storage. */ #isDeclined = lasting.recall("sound") === "off";
  #level = 0;
  /** @type {ReturnType<typeof setInterval>|undefined} */ #timer;

  /** @param {import("./texts.js").Texts} texts */
  constructor(texts) {
    this.#texts = texts;
    this.#chip.addEventListener("click", () => this.#turnOn());
    this.#mute.addEventListener("click", () => this.toggle());
    this.#volume.value = lasting.recall("volume") ?? "1";
    this.#volume.addEventListener("input", () => this.#setVolume());
    texts.addEventListener("change", () => this.#draw());
    // The reader turned the sound on last time, so any click or key may start it.
    const touched = (/** @type {Event} */ event) => {
      const isForUs = event.target instanceof Element && event.target.closest("#sound-chip, #tool-mute") !== null;
      if (this.#sound?.isInterrupted) this.#turnOn();
      if (this.#audio && !isForUs && !this.#isPlaying && lasting.recall("sound") === "on") this.#turnOn();
    };
    for (const name of ["pointerup", "keydown"]) document.addEventListener(name, touched);
  }

  /**
   * A new viewer replaced the previous one.
   * @param {Sound} sound
   */
  attach(sound) {
    this.#sound = sound;
    this.#isPlaying = this.#isStarting = this.#isBlocked = false;
    this.#turn += 1;
    sound.onInterruption = () => this.#draw();
    this.#sound.volume = Number(this.#volume.value);
    this.show(null);
  }

  /** @param {Audio|null} audio  null: the host has no sound */
  show(audio) {
    this.#audio = audio;
    this.#wasLive = audio !== null && (this.#wasLive || audio.state === "live");
    this.#draw();
  }

  /** On, or off; the `m` key does the same. */
  toggle() {
    if (!this.#audio) return;
    if (!this.#isPlaying && !this.#isStarting) {
      this.#turnOn();
      return;
    }
    this.#turn += 1;
    this.#isDeclined = true;
    lasting.remember("sound", "off");
    this.#sound?.stop();
    this.#isPlaying = this.#isStarting = false;
    this.#draw();
  }

  async #turnOn() {
    this.#isDeclined = false;
    lasting.remember("sound", "on");
    const turn = this.#turn;
    this.#isStarting = true;
    const plays = await this.#sound?.start().catch((error) => {
      console.warn("samescreen: no sound:", error);
      return false;
    });
    if (turn !== this.#turn) return;
    this.#isStarting = false;
    this.#isPlaying = plays === true;
    this.#isBlocked = !this.#isPlaying;
    this.#draw();
  }

  #setVolume() {
    if (this.#sound) this.#sound.volume = Number(this.#volume.value);
    lasting.remember("volume", this.#volume.value);
    if (!this.#isPlaying) this.#turnOn();
  }

  #draw() {
    const audio = this.#audio;
    const isGone = audio?.state === "lost" || audio?.state === "failed";
    const isPaused = this.#isPlaying && this.#sound?.isInterrupted === true;
    const offer = isPaused ? "sound.paused" : this.#isBlocked ? "sound.blocked" : "sound.on";
    const words = isGone ? (this.#wasLive ? "sound.lost" : "sound.failed") : offer;
    document.documentElement.dataset.sound = audio === null ? "none" : this.#isPlaying ? "on" : "off";
    byId("sound-tools").hidden = audio === null;
    // A reader who turned the sound off needs no offer: the bar has the button.
    const isQuiet = (this.#isPlaying && !isPaused) || this.#isDeclined;
    this.#chip.hidden = audio === null || (!isGone && isQuiet);
    this.#chip.classList.toggle("lost", isGone || isPaused || this.#isBlocked);
    this.#chip.title = isGone ? audio.detail : "";
    byId("sound-text").textContent = this.#texts.of(words);
    this.#texts.label(this.#mute, this.#isPlaying ? "sound.mute" : "sound.unmute");
    this.#mute.setAttribute("aria-pressed", String(this.#isPlaying));
    clearInterval(this.#timer);
    if (this.#isPlaying) this.#timer = setInterval(() => this.#drawLevel(), LEVEL_MS);
    else byId("sound-level").style.setProperty("--level", "0");
  }

  #drawLevel() {
    if (document.documentElement.classList.contains("quiet")) return;
    this.#level = Math.max(this.#sound?.level ?? 0, this.#level * FALL);
    // Decibels: -60 is nothing, 0 is all of the bar.
    const shown = Math.max(0, Math.min(1, 1 + Math.log10(Math.max(this.#level, 1e-4)) / 3));
    byId("sound-level").style.setProperty("--level", shown.toFixed(3));
  }
}
