// @ts-check
// What this page shows of the reader's own: each thing from the click to its end, one of a kind. Main thread. The code that encodes loads
// when it is first needed. Nothing is captured but in a click.

import { capture, refusalOf } from "../publish/capture.js";
import { visit } from "./memory.js";
import { OnAir } from "./onair.js";
import { Wake } from "./wake.js";

/** @typedef {import("../publish/publication.js").Publication} Publication */
/** @typedef {typeof import("../publish/publication.js").Publication} PublicationClass */
/** @typedef {import("../publish/publication.js").Ending} Ending */
/** @typedef {import("../publish/capture.js").Kind} Kind */
/** @typedef {import("../publish/capture.js").Captured} Captured */
/** @typedef {import("../publish/capture.js").Refusal} Refusal */
/** @typedef {import("./texts/en.js").TextKey} TextKey */
/** @typedef {Ending|Refusal} ShareEnd */

/** Why there is nothing to see, or nothing more; null: it goes without saying. @type {Record<ShareEnd, TextKey|null>} */
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

/**
 * @typedef {object} SharesAround  what it needs of the page
 * @property {() => string|null} pass
 * @property {(key: TextKey) => void} say
 * @property {() => void} onChange  something is shown, or is not any more
 * @property {(why: ShareEnd) => void} [onEnd]
 * @property {() => Promise<{Publication: PublicationClass}>} [load]
 * @property {Pick<Wake, "want">} [wake]
 */

export class Shares {
  #texts;
  #around;
  #air;
  /** A phone that goes dark takes its camera away. */ #wake;
  #name = "";
  /** In the list of people; 0: not in it. */ #number = 0;
  /** @type {Map<Kind, Publication|null>} null: it is being opened */ #shown = new Map();

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {HTMLElement} box  of the red frame
   * @param {SharesAround} around
   */
  constructor(texts, box, around) {
    this.#texts = texts;
    this.#around = around;
    this.#air = new OnAir(texts, box);
    this.#wake = around.wake ?? new Wake();
  }

  /** @param {{name: string}} you  how this person is called */
  named({ name }) {
    this.#name = name;
    this.#rename();
  }

  /** @param {number} number  of this person in the list of people, where those without a name are called by it */
  numbered(number) {
    this.#number = number;
    this.#rename();
  }

  #rename() {
    for (const [kind, publication] of this.#shown) publication?.rename(this.#nameOf(kind));
  }

  /** @param {string|null} pass */
  setPass(pass) {
    for (const publication of this.#shown.values()) publication?.setPass(pass);
  }

  /** @param {Kind} kind */
  has(kind) {
    return this.#shown.has(kind);
  }

  /** It is being shown: the browser has let the page have it. @param {Kind} kind */
  isLive(kind) {
    return Boolean(this.#shown.get(kind));
  }

  /** Asks the browser at once, because this is a click. @param {Kind} kind @param {Parameters<typeof capture>[1]} [wish] */
  start(kind, wish = {}) {
    if (this.#shown.has(kind)) return;
    const asked = capture(kind, wish);
    const code = (this.#around.load ?? (() => import("../publish/publication.js")))();
    code.catch(() => {}); // the browser's question comes first
    this.#shown.set(kind, null);
    this.#around.onChange();
    void this.#follow(kind, asked, code);
  }

  /**
   * @param {Kind} kind
   * @param {Promise<Captured>} asked
   * @param {Promise<{Publication: PublicationClass}>} code
   */
  async #follow(kind, asked, code) {
    /** @type {Captured|null} */
    let captured = null;
    let hasLeft = false;
    const leave = () => (hasLeft = true);
    globalThis.addEventListener("pagehide", leave);
    try {
      captured = await asked;
      const { Publication } = await code;
      if (hasLeft) {
        captured.track.stop();
        captured.sound?.stop();
        this.#ended(kind, "left");
      } else this.#begin(Publication, kind, captured);
    } catch (error) {
      captured?.track.stop();
      captured?.sound?.stop();
      this.#ended(kind, refusalOf(error));
    } finally {
      globalThis.removeEventListener("pagehide", leave);
    }
  }

  /** @param {PublicationClass} Publication @param {Kind} kind @param {Captured} captured */
  #begin(Publication, kind, captured) {
    const shown = { kind, ...captured, stream: streamId(kind), name: this.#nameOf(kind), url: socketUrl(), pass: this.#around.pass() };
    const publication = new Publication(shown, {
      onChange: () => this.#air.draw(),
      onEnd: (why) => (this.#air.remove(publication), this.#ended(kind, why)),
    });
    this.#shown.set(kind, publication);
    this.#air.add(publication);
    this.#changed();
  }

  /** @param {Kind} kind @param {ShareEnd} why */
  #ended(kind, why) {
    this.#shown.delete(kind);
    const words = ENDINGS[why];
    if (words) this.#around.say(words);
    this.#around.onEnd?.(why);
    this.#changed();
  }

  #changed() {
    this.#wake.want([...this.#shown.values()].some((publication) => publication !== null));
    this.#around.onChange();
  }

  /** @param {Kind} kind */
  #nameOf(kind) {
    const nameless = this.#number > 0 ? this.#texts.of("room.nameless", this.#number) : this.#texts.of("show.somebody");
    return `${this.#name || nameless} · ${this.#texts.of(kind === "screen" ? "show.kind-screen" : "show.kind-camera")}`;
  }
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
