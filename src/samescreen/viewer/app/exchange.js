// @ts-check
// Clipboard and files together: one entry under More, one panel. Main thread. Without a grant for any of it the entry is hidden.

import { ClipboardExchange } from "./clipboard_exchange.js";
import { FileExchange } from "./file_exchange.js";
import { byId } from "./memory.js";

const NEEDED = ["clipboard-in", "files-in", "files-out"];

export class Exchange {
  #clips;
  #files;

  /**
   * @param {import("./texts.js").Texts} texts
   * @param {import("./control.js").ControlButton} control
   * @param {import("./panels.js").Panels} panels
   */
  constructor(texts, control, panels) {
    const clips = new ClipboardExchange(texts, () => control.isActing);
    this.#clips = clips;
    control.clipboard = { paste: () => clips.paste, gesture: () => clips.gesture() };
    this.#files = new FileExchange(texts, () => panels.open === "exchange" || panels.toggle("exchange"));
    panels.add("exchange", { back: "tool-more" });
    panels.addEventListener("change", () => panels.open === "exchange" && void this.#files.refresh());
  }

  /** @param {string[]} grants  what this person may do */
  granted(grants) {
    this.#clips.granted(grants);
    this.#files.granted(grants);
    byId("tool-exchange").hidden = !NEEDED.some((grant) => grants.includes(grant));
  }

  /** @param {import("../wire.js").Clipboard} news */
  copied(news) {
    void this.#clips.show(news);
  }
}
