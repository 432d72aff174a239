// @ts-check
// The panel that shows something of the reader's own, and the question whether they may. Main thread.

import { hasTabSound, hindrance } from "../publish/capture.js";
import { byId } from "./memory.js";
import { Shares } from "./shares.js";

/** @typedef {import("../publish/capture.js").Kind} Kind */
/** @typedef {import("./texts/en.js").TextKey} TextKey */
/** @typedef {import("./show_request.js").ShowQuestion} ShowQuestion */

/** @type {Kind[]} */
export const KINDS = ["screen", "camera"];

/**
 * @typedef {object} Around  what it needs of the page
 * @property {() => string|null} pass
 * @property {() => void} goSecure  the same page through https
 * @property {(grants: string[]) => void} askFor
 * @property {(key: TextKey) => void} say
 * @property {(answer: import("../wire.js").ShowAnswer["answer"]) => void} answer  to the host's question
 * @property {import("./shares.js").SharesAround["load"]} [load]
 */

export class ShowPanel {
  #texts;
  #panels;
  #around;
  #shares;
  /** What is shown. */ #live = "";
  /** Of the host, to this person. @type {Promise<ShowQuestion>|null} */ #question = null;
  /** This person said yes to the host, who alone sees it at first. */ #isForHost = false;
  #device = /** @type {HTMLSelectElement} */ (byId("show-device"));

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {import("./panels.js").Panels} panels
   * @param {Around} around
   */
  constructor(texts, panels, around) {
    this.#texts = texts;
    this.#panels = panels;
    this.#around = around;
    const { pass, say, load } = around;
    const onEnd = (/** @type {import("./shares.js").ShareEnd} */ why) => void this.#question?.then((question) => question.ended(why));
    this.#shares = new Shares(texts, byId("onair"), { pass, say, load, onChange: () => this.#changed(), onEnd });
    panels.add("show");
    for (const kind of KINDS) byId(`show-${kind}`).addEventListener("click", () => this.#shares.start(kind, wishOf(kind, this.#device.value)));
    byId("tool-show-ask").addEventListener("click", () => (panels.close(), around.askFor(["publish"])));
    byId("show-secure-link").addEventListener("click", (event) => {
      event.preventDefault();
      around.goSecure();
    });
    panels.addEventListener("change", () => panels.open === "show" && this.#draw());
    texts.addEventListener("change", () => this.#draw());
  }

  /** @param {{grants: string[], may_ask?: string[]}} news  what this person may do, and ask for */
  granted({ grants, may_ask: mayAsk = [] }) {
    const isGranted = grants.includes("publish");
    this.#isForHost = false;
    byId("tool-show").hidden = !isGranted;
    byId("tool-show-ask").hidden = isGranted || !mayAsk.includes("publish");
    if (!isGranted && this.#panels.open === "show") this.#panels.close();
  }

  /** @param {{state: string}} answer  of the host, to the question */
  asked({ state }) {
    /** @type {HTMLButtonElement} */ (byId("tool-show-ask")).disabled = state === "waits";
    this.#around.say(state === "waits" ? "control.waits" : state === "given" ? "show.given" : state === "off" ? "exchange.off" : "control.no");
    if (state === "given" && this.#panels.open !== "show") this.#panels.toggle("show");
  }

  /** @param {import("../wire.js").ShowRequest} request  the host asks for this person's screen; or how that stands */
  requested(request) {
    if (request.state === "accepted") this.#isForHost = true;
    this.#question ??= this.#newQuestion();
    this.#question.then((question) => question.show(request), () => (this.#question = null));
  }

  /** A new connection: the host asks again if it still does, and knows of no question before it. */
  welcomed() {
    /** @type {HTMLButtonElement} */ (byId("tool-show-ask")).disabled = false;
    this.#question?.then((question) => question.welcomed(), () => {});
  }

  async #newQuestion() {
    const { ShowQuestion } = await import("./show_request.js");
    const choose = () => this.#panels.open !== "show" && this.#panels.toggle("show");
    return new ShowQuestion(this.#texts, { answer: this.#around.answer, choose, goSecure: this.#around.goSecure });
  }

  /** @param {{name: string}} you  how this person is called */
  named(you) {
    this.#shares.named(you);
  }

  /** @param {{you: number}} roster  the list of people */
  listed({ you }) {
    this.#shares.numbered(you);
  }

  /** @param {string|null} pass */
  setPass(pass) {
    this.#shares.setPass(pass);
  }

  #changed() {
    const live = KINDS.filter((kind) => this.#shares.isLive(kind)).join();
    if (live.length > this.#live.length && this.#panels.open === "show") this.#panels.close();
    this.#live = live;
    if (this.#shares.isLive("camera")) void this.#listDevices();
    this.#draw();
  }

  #draw() {
    const { isInsecure, words } = advice();
    for (const kind of KINDS) /** @type {HTMLButtonElement} */ (byId(`show-${kind}`)).disabled = hindrance(kind) !== null || this.#shares.has(kind);
    byId("show-note").textContent = this.#texts.of(words === "show.note" && this.#isForHost ? "show.note-host" : words);
    byId("show-secure").hidden = !isInsecure;
    byId("show-sound-row").hidden = !hasTabSound();
  }

  /** Names of cameras are known once one may be used. */
  async #listDevices() {
    const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    const cameras = devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId !== "");
    byId("show-devices").hidden = cameras.length < 2;
    const chosen = this.#device.value;
    this.#device.replaceChildren(...cameras.map(({ deviceId, label }) => new Option(label, deviceId, false, deviceId === chosen)));
  }
}

/** What to ask the browser for. @param {Kind} kind @param {string} device  of the camera @returns {{device?: string, withSound?: boolean}} */
export function wishOf(kind, device) {
  return kind === "camera" ? { device } : { withSound: hasTabSound() && /** @type {HTMLInputElement} */ (byId("show-sound")).checked };
}

/** What to know before a choice. @returns {{isInsecure: boolean, words: TextKey}} */
export function advice() {
  const hindered = KINDS.map((kind) => hindrance(kind));
  const isInsecure = hindered.includes("insecure");
  const words = isInsecure ? "show.insecure" : isBarredFrame() ? "show.no-frame" : hindered.includes("no-screens") ? "show.no-screens" : "show.note";
  return { isInsecure, words };
}

/** Whether the site around this frame keeps cameras and screens from it. */
function isBarredFrame() {
  const policy = /** @type {{allowsFeature?: (name: string) => boolean}|undefined} */ (/** @type {any} */ (document).featurePolicy);
  return globalThis.parent !== globalThis.self && policy?.allowsFeature?.("camera") === false;
}
