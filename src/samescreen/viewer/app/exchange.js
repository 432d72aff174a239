// @ts-check
// Clipboard and files together: one entry under More, one panel. Main thread. Whoever has a grant for none of it and may ask for none does
// not see the entry.

import { ClipboardExchange } from "./clipboard_exchange.js";
import { FileExchange } from "./file_exchange.js";
import { byId } from "./memory.js";

const NEEDED = ["clipboard-in", "files-in", "files-out"];
/** What can be asked for here; index.html has #ask-GRANT. */
export const ASKABLE = ["clipboard-in", "clipboard-out", "files-in", "files-out"];

export class Exchange {
  #clips;
  #files;
  #notice;
  #panels;
  #isAsking = false;
  /** @type {string[]} */ #open = [];

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {import("./control.js").ControlButton} control
   * @param {import("./panels.js").Panels} panels
   * @param {import("./notice.js").Notice} notice
   * @param {(grants: string[]) => void} askFor  asks the host
   */
  constructor(texts, control, panels, notice, askFor) {
    this.#notice = notice;
    this.#panels = panels;
    for (const grant of ASKABLE) byId(`ask-${grant}`).addEventListener("click", () => askFor([grant]));
    const clips = new ClipboardExchange(texts, () => control.isActing);
    this.#clips = clips;
    control.clipboard = { paste: () => clips.paste, gesture: () => clips.gesture() };
    this.#files = new FileExchange(texts, () => panels.open === "exchange" || panels.toggle("exchange"));
    panels.add("exchange", { back: "tool-more" });
    panels.addEventListener("change", () => panels.open === "exchange" && void this.#files.refresh());
  }

  /** @param {{grants: string[], may_ask?: string[]}} news  what this person may do, and ask for */
  granted({ grants, may_ask: mayAsk = [] }) {
    this.#clips.granted(grants);
    this.#files.granted(grants);
    this.#open = ASKABLE.filter((grant) => mayAsk.includes(grant) && !grants.includes(grant));
    byId("tool-exchange").hidden = this.#open.length === 0 && !NEEDED.some((grant) => grants.includes(grant));
    if (this.#panels.open === "exchange") void this.#files.refresh();
    this.#draw();
  }

  /** Whether the answer is about what can be asked for here. @param {string[]} grants */
  isAbout(grants) {
    return grants.some((grant) => ASKABLE.includes(grant));
  }

  /** @param {{grants: string[], state: string}} answer */
  asked({ state }) {
    this.#isAsking = state === "waits";
    this.#notice.show(state === "waits" ? "control.waits" : state === "given" ? "exchange.given" : state === "off" ? "exchange.off" : "control.no");
    this.#draw();
  }

  /** A new connection, which knows of no question before it. */
  welcomed() {
    this.#isAsking = false;
    this.#draw();
  }

  #draw() {
    byId("exchange-asks").hidden = this.#open.length === 0;
    for (const grant of ASKABLE) {
      const button = /** @type {HTMLButtonElement} */ (byId(`ask-${grant}`));
      button.hidden = !this.#open.includes(grant);
      button.disabled = this.#isAsking;
    }
  }

  /** @param {import("../wire.js").Clipboard} news */
  copied(news) {
    void this.#clips.show(news);
  }
}
