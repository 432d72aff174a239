// @ts-check
// The button for mouse and keyboard, and the line that says who has them. Main thread. What it sends goes through control/hands.js.

import { Hands } from "../control/hands.js";
import { GIVE_BACK } from "./keys.js";
import { byId } from "./memory.js";

/** @typedef {import("./texts/en.js").TextKey} TextKey */
/** @typedef {import("../wire.js").Control} ControlMessage */

const SHOWN_MS = 4_000;
/** How it stands with a question, with control, or why something was not carried out. @type {Record<string, TextKey>} */
const LINES = {
  waits: "control.waits",
  no: "control.no",
  off: "control.off",
  mine: "control.mine",
  held: "control.held",
  paused: "control.paused",
  covered: "control.covered",
  unfocused: "control.unfocused",
  failed: "control.failed",
  locked: "control.locked",
};

export class ControlButton {
  #texts;
  #askFor;
  #newHands;
  #button = /** @type {HTMLButtonElement} */ (byId("tool-control"));
  #line = byId("control-line");
  /** @type {Hands|null} */ #hands = null;
  /** @type {ControlMessage|null} */ #control = null;
  /** A press was carried out. @type {(applied: {sentMs: number, hostUs: number}) => void} */ onApplied = () => {};
  /** null: the host has not said yet. @type {boolean|null} */ #isGranted = null;
  #mayAsk = false;
  #isAsking = false;
  /** Somebody else who uses mouse and keyboard. @type {{by: string, program: boolean}|null} */ #other = null;
  #size = { width: 1, height: 1 };
  #track = 0;
  /** @type {string|null} */ #pass = null;
  /** What the hands need of the clipboard. @type {Pick<import("../control/hands.js").Surfaces, "paste"|"gesture">} */ clipboard = {};
  /** What fingers need of the picture. @type {Pick<import("../control/hands.js").Surfaces, "view"|"cursorAt"|"onKeys">} */ picture = {};
  /** These hands act from now on; null: none do. @type {(hands: Hands|null) => void} */ onActing = () => {};
  #isLocked = false;
  /** @type {import("./turn.js").Quarters} */ #quarters = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {(grants: string[]) => void} askFor  asks the host
   * @param {(surfaces: import("../control/hands.js").Surfaces, size: {width: number, height: number}) => Hands} [newHands]
   */
  constructor(texts, askFor, newHands = (surfaces, size) => new Hands(surfaces, size)) {
    this.#texts = texts;
    this.#askFor = askFor;
    this.#newHands = newHands;
    this.#button.addEventListener("click", () => this.#clicked());
    texts.addEventListener("change", () => this.#draw());
    this.#draw();
  }

  /** @param {{grants: string[], may_ask?: string[]}} news  what this person may do */
  granted({ grants, may_ask: mayAsk = [] }) {
    const before = this.#isGranted;
    this.#isGranted = grants.includes("control");
    this.#mayAsk = mayAsk.includes("control");
    const wasActing = this.#hands !== null;
    if (!this.#isGranted) this.#giveBack();
    if (wasActing && !this.#isGranted) this.#say("control.ended");
    // Given by hand: a yes to a question comes as an answer, and what holds from the start is no news.
    if (before === false && this.#isGranted && !this.#isAsking) this.#say("control.given");
    this.#draw();
  }

  /** @param {{grants: string[], state: string}} answer */
  asked({ state }) {
    this.#isAsking = state === "waits";
    if (state === "given") this.#take();
    else this.#say(LINES[state], this.#isAsking);
    this.#draw();
  }

  /** The connection of the picture broke, so that of the hands may be dead. */
  lost() {
    this.#hands?.doubt();
  }

  /** A new connection: the host says what holds; a question may be lost, and another's turn may be over. */
  welcomed() {
    this.#isAsking = false;
    this.#other = null;
    this.#hands?.renew();
    this.#saySettled();
    this.#draw();
  }

  /** @param {{on: boolean, by: string, program: boolean}} news  who uses mouse and keyboard */
  acting({ on, by, program }) {
    this.#other = on ? { by, program } : null;
    if (this.#hands === null) this.#saySettled();
  }

  /** @param {{streams: import("../wire.js").Stream[], watching: string}} news  of the picture */
  follow({ streams, watching }) {
    this.#track = streams.find(({ stream }) => stream === watching)?.track ?? 0;
    if (this.#hands) this.#hands.track = this.#track;
  }

  /** @param {{width: number, height: number}} size  of the picture */
  resize(size) {
    this.#size = size;
    this.#hands?.resize(size);
  }

  /** @param {import("./turn.js").Quarters} quarters  how the picture is turned */
  turn(quarters) {
    this.#quarters = quarters;
    if (this.#hands) this.#hands.quarters = quarters;
  }

  /** Locks the mouse in, in a click. @returns {Promise<boolean>} false: this browser does not allow it */
  async lockMouse() {
    return this.#hands !== null && (await this.#hands.lockMouse());
  }

  /** @param {string|null} pass  for the next connection */
  setPass(pass) {
    this.#pass = pass;
  }

  /** This page has mouse and keyboard now. */
  get isActing() {
    return this.#hands !== null && this.#control?.state === "mine";
  }

  #clicked() {
    if (this.#hands) this.#giveBack();
    else if (this.#isGranted) this.#take();
    else this.#askFor(["control"]);
    this.#draw();
  }

  #take() {
    if (this.#hands || !this.#isGranted) return;
    const surfaces = {
      stage: byId("stage"),
      canvas: () => byId("screen"),
      pass: this.#pass,
      ...this.clipboard,
      ...this.picture,
      onLock: (/** @type {boolean} */ isLocked) => {
        this.#isLocked = isLocked;
        this.#saySettled();
      },
      onEnd: () => this.#giveBack(),
      onApplied: (/** @type {{sentMs: number, hostUs: number}} */ applied) => this.onApplied(applied),
      onControl: (/** @type {ControlMessage|null} */ control) => this.#heard(control),
    };
    this.#hands = this.#newHands(surfaces, this.#size);
    this.#hands.track = this.#track;
    this.#hands.quarters = this.#quarters;
  }

  #giveBack() {
    this.#hands?.close();
    this.#hands = null;
    this.#isLocked = false;
    this.#heard(null);
  }

  /** @param {ControlMessage|null} control */
  #heard(control) {
    this.#control = control;
    if (control === null) this.#saySettled();
    else if (control.cause) this.#say(LINES[control.cause], false);
    else this.#say(LINES[control.state], control.state !== "off");
    this.#draw();
  }

  /**
   * @param {TextKey|null} key  null: nothing
   * @param {boolean} [isLasting]  otherwise it goes after a while
   */
  #say(key, isLasting = false) {
    clearTimeout(this.#timer);
    const words = key === null ? "" : this.#texts.of(key).replace("{n}", () => this.#control?.by || this.#other?.by || this.#texts.of("control.somebody"));
    const keys = key === "control.mine" && matchMedia("(pointer: coarse)").matches !== true ? this.#texts.of("control.by-keys").replace("{keys}", GIVE_BACK.join("+")) : "";
    this.#line.textContent = [words, keys].filter(Boolean).join(" · ");
    this.#line.hidden = key === null;
    if (!isLasting && key !== null) this.#timer = setTimeout(() => this.#saySettled(), SHOWN_MS);
  }

  /** What holds after a passing line. */
  #saySettled() {
    const isLasting = this.#control !== null && this.#control.state !== "off";
    if (isLasting) this.#say(LINES[this.#isLocked && this.isActing ? "locked" : (this.#control?.state ?? "off")], true);
    else if (this.#other && this.#hands === null && !this.#isAsking) this.#say(this.#other.program ? "control.program" : "control.other", true);
    else this.#say(this.#isAsking ? "control.waits" : null, true);
  }

  #draw() {
    this.#button.hidden = !this.#isGranted && !this.#mayAsk;
    this.#button.disabled = this.#isAsking && !this.#isGranted;
    this.#button.setAttribute("aria-pressed", String(this.#hands !== null));
    /** @type {TextKey} */
    const key = this.#hands ? "control.give-back" : this.#isGranted ? "control.take" : "control.ask";
    this.#texts.label(this.#button, key);
    byId("tool-lock").hidden = !this.isActing;
    this.onActing(this.isActing ? this.#hands : null);
    document.documentElement.dataset.control = this.#hands ? (this.#control?.state ?? "connecting") : "";
  }
}
