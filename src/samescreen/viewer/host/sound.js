// @ts-check
// Which sound of the machine goes with all sources: what is shared now, and another one. Main thread.

import { byId } from "../app/memory.js";
import { offer } from "./dom.js";

/** @typedef {{audio: string, label: string}} Sound */

const LIST_EVERY_MS = 5000;

export class SharedSound {
  #texts;
  #deeds;
  #select = /** @type {HTMLSelectElement} */ (byId("sound"));
  /** @type {Sound|null|undefined} undefined: no news yet */ #now;
  /** @type {{audio: string, description: string}[]} */ #listed = [];
  #listedMs = -Infinity;

  /**
   * @param {import("./words.js").HostTexts} texts
   * @param {import("./deed.js").Deeds} deeds
   */
  constructor(texts, deeds) {
    this.#texts = texts;
    this.#deeds = deeds;
    this.#select.addEventListener("focus", () => void this.#list());
    byId("sound-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#deeds.post("api/sound", { audio: this.#select.value });
    });
    texts.addEventListener("change", () => this.#offer(null));
  }

  /** @param {{sound: Sound|null, can_change_streams: boolean}} news */
  show({ sound, can_change_streams: canChange }) {
    byId("sound-form").hidden = !canChange;
    if (!canChange) return;
    const isNew = this.#now === undefined || this.#now?.audio !== sound?.audio;
    this.#now = sound;
    if (isNew) this.#offer(sound?.audio ?? "");
    if (this.#listedMs === -Infinity) void this.#list();
  }

  /** To list the devices may take a moment: it is done when the page opens, and when somebody is about to choose. */
  async #list() {
    if (performance.now() - this.#listedMs < LIST_EVERY_MS) return;
    this.#listedMs = performance.now();
    const answer = await this.#deeds.get("api/sounds");
    this.#listed = answer?.sounds ?? [];
    this.#offer(null);
  }

  /** @param {string|null} chosen  null: what was chosen stays */
  #offer(chosen) {
    const listed = this.#listed.map(({ audio, description }) => /** @type {[string, string]} */ ([audio, this.#named(audio, description)]));
    const isListed = !this.#now || listed.some(([audio]) => audio === this.#now?.audio);
    const now = this.#now && !isListed ? [/** @type {[string, string]} */ ([this.#now.audio, this.#named(this.#now.audio, this.#now.label)])] : [];
    offer(this.#select, [["", this.#texts.of("sound.none")], ...now, ...listed], chosen);
  }

  /**
   * @param {string} audio
   * @param {string} description
   */
  #named(audio, description) {
    if (audio === "output") return this.#texts.of("sound.output");
    return description === audio ? audio : `${audio}: ${description}`;
  }
}
