// @ts-check
// The clipboards of this browser and of the host. Main thread. What a program on the host copied stands in a line with a button; while
// this page has mouse and keyboard it is copied by itself, as soon as the browser allows. What is pasted here goes to the host.

import { clipIn, clipOfText, fetchClip, sendClip } from "../control/clips.js";
import { copyImage, copyText } from "./clipboard.js";
import { byId } from "./memory.js";

/** @typedef {import("../control/clips.js").Clip} Clip */
/** @typedef {import("../control/clips.js").Fate} Fate */
/** @typedef {import("./texts.js").TextKey} TextKey */

const SHOWN_MS = 30_000;
const SHOWN_CHARACTERS = 80;
// A shorter wait for a clip needs no words.
const CALM_MS = 350;
/** @type {Record<Fate, TextKey>} */
const FATES = { sent: "clip.sent", "too-large": "clip.too-large", refused: "clip.refused", lost: "clip.lost" };

export class ClipboardExchange {
  #texts;
  #isActing;
  #maySend = false;
  /** What the host copied last. @type {{clip: Clip, text: string, isCopied: boolean}|null} */ #copied = null;
  /** Counts what is forgotten, so that a clip which was under way then is left out. */ #turn = 0;
  /** @type {TextKey|null} */ #words = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  #line = byId("clip-line");
  #copy = byId("clip-copy");
  #image = /** @type {HTMLImageElement} */ (byId("clip-image"));

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {() => boolean} isActing  this page has mouse and keyboard
   */
  constructor(texts, isActing) {
    this.#texts = texts;
    this.#isActing = isActing;
    this.#copy.addEventListener("click", () => void this.#copyNow());
    byId("clip-close").addEventListener("click", () => this.#hide());
    byId("clip-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#sendField();
    });
    document.addEventListener("paste", (event) => this.#pasted(event));
    texts.addEventListener("change", () => this.#draw());
  }

  /** @param {string[]} grants  what this person may do */
  granted(grants) {
    this.#maySend = grants.includes("clipboard-in");
    byId("clip-in").hidden = !this.#maySend;
    if (!grants.includes("clipboard-out")) this.#forget();
  }

  /** While this page acts: the clip of a paste goes to the host before the keys do; null: it may not. */
  get paste() {
    return this.#maySend ? (/** @type {ClipboardEvent} */ event) => this.#take(event) : null;
  }

  /** @param {import("../wire.js").Clipboard} news */
  async show({ kind }) {
    this.#forget();
    if (kind === "none") return this.#say("clip.host-too-large");
    const turn = this.#turn;
    const clip = await fetchClip();
    const text = clip?.kind === "text" ? await clip.body.text() : "";
    if (!clip || turn !== this.#turn) return;
    this.#copied = { clip, text, isCopied: false };
    if (clip.kind === "image") this.#image.src = URL.createObjectURL(clip.body);
    this.#say(clip.kind === "text" ? "clip.text" : "clip.image");
    if (this.#isActing()) await this.#copyNow();
  }

  /** A click or a key: browsers let a page copy only then. */
  gesture() {
    if (this.#copied && !this.#copied.isCopied) void this.#copyNow();
  }

  async #copyNow() {
    const copied = this.#copied;
    if (!copied) return;
    const { clip, text } = copied;
    const isDone = clip.kind === "text" ? await copyText(text) : await copyImage(clip.body);
    if (this.#copied !== copied) return; // a newer one came
    copied.isCopied = isDone;
    if (isDone) this.#say("clip.copied");
    else if (clip.kind === "image") this.#say("clip.image-by-hand");
  }

  /**
   * @param {ClipboardEvent} event
   * @returns {Promise<boolean>|null} whether the host has it; null: there is nothing in it
   */
  #take(event) {
    const clip = clipIn(event.clipboardData);
    if (!clip) return null;
    // While this page acts, control/paste_hold.js keeps back all that is done meanwhile.
    const calm = setTimeout(() => this.#isActing() && this.#say("clip.sending"), CALM_MS);
    return this.#send(clip).finally(() => clearTimeout(calm));
  }

  /** @param {ClipboardEvent} event  a paste that no field and no hands took */
  #pasted(event) {
    const isField = event.target instanceof Element && event.target.closest("input, textarea, select");
    if (event.defaultPrevented || isField || !this.#maySend) return;
    if (this.#take(event)) event.preventDefault();
  }

  async #sendField() {
    const field = /** @type {HTMLTextAreaElement} */ (byId("clip-field"));
    if (field.value !== "" && (await this.#send(clipOfText(field.value)))) field.value = "";
  }

  /** @param {Clip} clip */
  async #send(clip) {
    this.#forget();
    const fate = await sendClip(clip);
    this.#say(FATES[fate]);
    byId("clip-fate").textContent = this.#texts.of(FATES[fate]);
    return fate === "sent";
  }

  #forget() {
    this.#turn += 1;
    this.#copied = null;
    if (this.#image.src) URL.revokeObjectURL(this.#image.src);
    this.#image.removeAttribute("src");
    this.#hide();
  }

  /** @param {TextKey} words */
  #say(words) {
    this.#words = words;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#hide(), SHOWN_MS);
    this.#draw();
  }

  #hide() {
    clearTimeout(this.#timer);
    this.#words = null;
    this.#draw();
  }

  #draw() {
    this.#line.hidden = this.#words === null;
    if (this.#words === null) return;
    const copied = this.#copied;
    byId("clip-words").textContent = this.#texts.of(this.#words);
    byId("clip-text").textContent = copied ? shortened(copied.text) : "";
    this.#image.hidden = copied?.clip.kind !== "image";
    this.#copy.hidden = !copied || copied.isCopied;
    this.#copy.textContent = this.#texts.of("clip.copy");
  }
}

/** @param {string} text */
function shortened(text) {
  const line = text.trim().replaceAll(/\s+/gu, " ");
  const characters = [...line.slice(0, 2 * SHOWN_CHARACTERS + 2)];
  return characters.length > SHOWN_CHARACTERS ? `${characters.slice(0, SHOWN_CHARACTERS).join("")}…` : line;
}
