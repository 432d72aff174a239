// @ts-check
// A page that was just opened: asks the host to let it in, and starts the viewer, with as few files as that needs. Main thread.
// The rest of the page (app.js) takes it over when it has loaded. Until then it keeps the viewer's events and shows the picture whole.

import { EVENTS } from "../contract.js";
import { Viewer } from "../viewer.js";
import { takeKnock } from "./knock.js";
import { byId, rememberedQuality, rememberedStream, visit } from "./memory.js";
import { sealIn } from "./token.js";

/** @typedef {import("../wire.js").Path} Path */
/** @typedef {import("../contract.js").EventName} EventName */
/** @typedef {(name: EventName, detail: unknown) => void} Listener */

const PATHS = ["webcodecs", "wasm", "jpeg"];
const PAINTS = ["webgl", "cpu"];
// The oldest are forgotten: app.js loads within seconds, or not at all.
const MOST_EVENTS = 200;
// These come often, and only the newest of each counts. So they never push out what came once, such as the grants.
const NEWEST_COUNTS = ["cursor", "activity", "stats", "state", "size"];

/** @type {Arrival|null} of this page, until app.js takes it */
let waiting = null;

/** The arrival that entrance.js began; a new one where app.js runs alone. */
export function takeArrival() {
  const arrival = waiting ?? new Arrival();
  waiting = null;
  return arrival;
}

export class Arrival {
  asked = new URLSearchParams(location.search);
  lease;
  /** Of the link, until the host has answered. */ token;
  /** Of the link, for sealed pictures. */ seal = sealIn(location.hash);
  /** What the host answers to the link, or to the cookie of an earlier visit. */ knock;
  glimpse;
  /** Lets the viewer connect. @type {() => void} */ letIn = () => {};
  /** @type {Viewer|null} null: this browser has no WebSocket */ viewer = null;
  /** @type {[EventName, unknown][]} */ #events = [];
  /** @type {Listener} */ #listener = (name, detail) => this.#keep(name, detail);

  constructor() {
    const begun = takeKnock();
    this.lease = begun.lease;
    this.token = begun.token;
    this.knock = begun.knock;
    this.glimpse = begun.glimpse;
    if (!("WebSocket" in globalThis)) return;
    const after = new Promise((resolve) => (this.letIn = () => resolve(undefined)));
    const stream = rememberedStream(this.asked.get("stream"));
    const quality = rememberedQuality(this.asked.get("quality"));
    this.viewer = this.newViewer(after, { decoder: this.decoder, stream, quality });
    for (const name of this.#names()) {
      this.viewer.addEventListener(name, (event) => this.#listener(name, /** @type {CustomEvent} */ (event).detail));
    }
    this.lease.addEventListener("pass", () => this.viewer?.setPass(this.lease.pass));
    this.knock.then(({ isIn }) => {
      if (this.glimpse.isWhole) this.viewer?.skipSketches();
      if (isIn) this.letIn();
    });
  }

  /** The decode path that the address asks for, if any. */
  get decoder() {
    return /** @type {Path|null} */ (oneOf(PATHS, this.asked.get("decoder")));
  }

  /**
   * A viewer as the address and the last visit ask for it.
   * @param {Promise<unknown>} after  it connects then
   * @param {{decoder: Path|null, stream: string, quality: import("../wire.js").Quality}} choice  `stream` "": the host's first
   */
  newViewer(after, { decoder, stream, quality }) {
    const remembered = decoder === null ? visit.recall("decoder") : null;
    const paint = /** @type {import("../video/planes.js").Paint|null} */ (oneOf(PAINTS, this.asked.get("paint")));
    const canvas = /** @type {HTMLCanvasElement} */ (byId("screen"));
    const viewer = new Viewer(canvas, { decoder, paint, remembered, stream, quality, pass: this.lease.pass, seal: this.seal, after, drawsCursor: true, showsFilm: true });
    // The page's debugging handle; tests read pixels through it.
    Object.assign(globalThis, { samescreen: viewer });
    return viewer;
  }

  /** Waits for app.js, which is loading. */
  wait() {
    waiting = this;
  }

  /**
   * Reports the viewer's events from now on, after those that came already.
   * @param {Listener} listener
   */
  follow(listener) {
    const events = this.#events;
    this.#events = [];
    this.#listener = listener;
    for (const [name, detail] of events) listener(name, detail);
  }

  #names() {
    return /** @type {EventName[]} */ (Object.keys(EVENTS)).filter((name) => name !== "sound");
  }

  /**
   * @param {EventName} name
   * @param {unknown} detail
   */
  #keep(name, detail) {
    this.#events = keptAfter(this.#events, name, detail);
    // style.css fits the canvas into the window until fit.js places it.
    if (name === "size") document.documentElement.dataset.painted = "";
  }
}

/**
 * The events to report later, once this one has come.
 * @param {[EventName, unknown][]} before
 * @param {EventName} name
 * @param {unknown} detail
 * @returns {[EventName, unknown][]}
 */
export function keptAfter(before, name, detail) {
  const others = NEWEST_COUNTS.includes(name) ? before.filter(([each]) => each !== name) : before;
  return [...others.slice(1 - MOST_EVENTS), [name, detail]];
}

/**
 * @param {string[]} words
 * @param {string|null} word
 */
export function oneOf(words, word) {
  return words.find((known) => known === word) ?? null;
}
