// @ts-check
// The panel that shows something of the reader's own: a screen, a window, a tab or a camera. Main thread. The code that encodes loads when
// it is first needed. Nothing is captured but in a click here.

import { capture, hindrance, refusalOf } from "../publish/capture.js";
import { byId, visit } from "./memory.js";
import { OnAir } from "./onair.js";
import { secureUrl } from "./secure.js";

/** @typedef {import("../publish/publication.js").Publication} Publication */
/** @typedef {typeof import("../publish/publication.js").Publication} PublicationClass */
/** @typedef {import("../publish/publication.js").Ending} Ending */
/** @typedef {import("../publish/capture.js").Kind} Kind */
/** @typedef {import("../publish/capture.js").Refusal} Refusal */
/** @typedef {import("./texts/en.js").TextKey} TextKey */

/** Why there is nothing to see, or nothing more; null: it goes without saying. @type {Record<Ending|Refusal, TextKey|null>} */
export const ENDINGS = {
  stopped: null,
  left: null,
  insecure: "show.insecure",
  "no-screens": "show.no-screens",
  denied: "show.end.denied",
  none: "show.end.none",
  busy: "show.end.busy",
  failed: "show.end.failed",
  "track-ended": "show.end.track-ended",
  encoder: "show.end.encoder",
  "no-encoder": "show.end.no-encoder",
  "slow-encoder": "show.end.slow-encoder",
  revoked: "show.end.revoked",
  replaced: "show.end.revoked",
  "put-out": "show.end.revoked",
  full: "show.end.full",
  gone: "show.end.gone",
  stopping: "show.end.stopping",
  "not-allowed": "show.end.not-allowed",
  format: "show.end.format",
  version: "show.end.version",
};
/** @type {Kind[]} */
const KINDS = ["screen", "camera"];

/**
 * @typedef {object} Around  what it needs of the page
 * @property {() => string|null} pass
 * @property {() => string|null} token
 * @property {(grants: string[]) => void} askFor
 * @property {(key: TextKey) => void} say
 * @property {() => Promise<{Publication: PublicationClass}>} [load]
 */

export class ShowPanel {
  #texts;
  #panels;
  #around;
  #air;
  #name = "";
  #isAsking = false;
  /** @type {Map<Kind, Publication|null>} null: it is being opened */ #shown = new Map();
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
    this.#air = new OnAir(texts, byId("onair"));
    panels.add("show");
    for (const kind of KINDS) byId(`show-${kind}`).addEventListener("click", () => this.start(kind));
    byId("tool-show-ask").addEventListener("click", () => (panels.close(), around.askFor(["publish"])));
    byId("show-secure-link").addEventListener("click", (event) => {
      event.preventDefault();
      location.assign(secureUrl(location.href, around.token()));
    });
    panels.addEventListener("change", () => panels.open === "show" && this.#draw());
    texts.addEventListener("change", () => this.#draw());
  }

  /** @param {{grants: string[], may_ask?: string[]}} news  what this person may do, and ask for */
  granted({ grants, may_ask: mayAsk = [] }) {
    const isGranted = grants.includes("publish");
    byId("tool-show").hidden = !isGranted;
    byId("tool-show-ask").hidden = isGranted || !mayAsk.includes("publish");
    if (!isGranted && this.#panels.open === "show") this.#panels.close();
  }

  /** @param {{state: string}} answer  of the host, to the question */
  asked({ state }) {
    this.#isAsking = state === "waits";
    /** @type {HTMLButtonElement} */ (byId("tool-show-ask")).disabled = this.#isAsking;
    this.#around.say(state === "waits" ? "control.waits" : state === "given" ? "show.given" : state === "off" ? "exchange.off" : "control.no");
    if (state === "given" && this.#panels.open !== "show") this.#panels.toggle("show");
  }

  /** @param {{name: string}} you  how this person is called */
  named({ name }) {
    this.#name = name;
  }

  /** @param {string|null} pass */
  setPass(pass) {
    for (const publication of this.#shown.values()) publication?.setPass(pass);
  }

  /** Asks the browser at once, because this is a click. @param {Kind} kind */
  start(kind) {
    if (this.#shown.has(kind)) return;
    const asked = capture(kind, kind === "camera" ? this.#device.value : "");
    const code = (this.#around.load ?? (() => import("../publish/publication.js")))();
    code.catch(() => {}); // the browser's question comes first
    this.#shown.set(kind, null);
    this.#draw();
    return asked.then((track) => code.then(({ Publication }) => this.#begin(Publication, kind, track)).catch((error) => (track.stop(), Promise.reject(error)))).catch((error) => this.#ended(kind, refusalOf(error)));
  }

  /** @param {PublicationClass} Publication @param {Kind} kind @param {MediaStreamTrack} track */
  #begin(Publication, kind, track) {
    const shown = { kind, track, stream: streamId(kind), name: this.#nameOf(kind), url: socketUrl(), pass: this.#around.pass() };
    const publication = new Publication(shown, {
      onChange: () => this.#air.draw(),
      onEnd: (why) => (this.#air.remove(publication), this.#ended(kind, why)),
    });
    this.#shown.set(kind, publication);
    this.#air.add(publication);
    this.#panels.close();
    if (kind === "camera") void this.#listDevices();
    this.#draw();
  }

  /** @param {Kind} kind @param {Ending|Refusal} why */
  #ended(kind, why) {
    this.#shown.delete(kind);
    const words = ENDINGS[why];
    if (words) this.#around.say(words);
    this.#draw();
  }

  /** @param {Kind} kind */
  #nameOf(kind) {
    return `${this.#name || this.#texts.of("show.somebody")} · ${this.#texts.of(kind === "screen" ? "show.kind-screen" : "show.kind-camera")}`;
  }

  #draw() {
    const hindered = KINDS.map((kind) => hindrance(kind));
    const isInsecure = hindered.includes("insecure");
    for (const kind of KINDS) /** @type {HTMLButtonElement} */ (byId(`show-${kind}`)).disabled = hindrance(kind) !== null || this.#shown.has(kind);
    byId("show-note").textContent = this.#texts.of(isInsecure ? "show.insecure" : isBarredFrame() ? "show.no-frame" : hindered.includes("no-screens") ? "show.no-screens" : "show.note");
    byId("show-secure").hidden = !isInsecure;
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

/** Whether the site around this frame keeps cameras and screens from it. */
function isBarredFrame() {
  const policy = /** @type {{allowsFeature?: (name: string) => boolean}|undefined} */ (/** @type {any} */ (document).featurePolicy);
  return globalThis.parent !== globalThis.self && policy?.allowsFeature?.("camera") === false;
}

/** The same after a reload, so that those who watched find it again. @param {Kind} kind */
function streamId(kind) {
  const known = visit.recall(`shown.${kind}`) ?? `${kind}-${Math.floor(Math.random() * 0x10000).toString(16).padStart(4, "0")}`;
  visit.remember(`shown.${kind}`, known);
  return known;
}

function socketUrl() {
  const url = new URL("ws/publish", document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
