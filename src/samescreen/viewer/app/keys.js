// @ts-check
// The sheet of keys, and where keys are letters. Main thread. toolbar.js and app.js have what the keys do.

import { byId } from "./memory.js";

/** @typedef {import("./texts.js").TextKey} TextKey */

/** They give mouse and keyboard back. control/keys.js has them too. */
export const GIVE_BACK = ["Ctrl", /Mac|iPhone|iPad/u.test(globalThis.navigator?.platform ?? "") ? "Option" : "Alt", "Shift"];

/** @type {[string[], TextKey][]} */
export const SHEET = [
  [["0"], "keys.fit"],
  [["9"], "keys.fill"],
  [["1"], "keys.actual"],
  [["+", "−"], "keys.zoom"],
  [["←", "↑", "↓", "→"], "keys.pan"],
  [["C"], "keys.follow"],
  [["R"], "keys.rotate"],
  [["F"], "keys.fullscreen"],
  [["["], "keys.previous"],
  [["]"], "keys.next"],
  [["G"], "keys.room"],
  [["P"], "keys.pause"],
  [["S"], "keys.snapshot"],
  [["W"], "keys.pip"],
  [["M"], "keys.mute"],
  [["H"], "keys.hand"],
  [["T"], "keys.talk"],
  [["Space"], "keys.voice"],
  [["D"], "keys.ink"],
  [["L"], "keys.pass"],
  [["I"], "keys.details"],
  [["?"], "keys.sheet"],
  [["Esc"], "keys.close"],
  [GIVE_BACK, "control.give-back"],
];

/** Whether somebody types into this, so that its keys are letters. @param {EventTarget|null} target */
export function isField(target) {
  return [HTMLInputElement, HTMLSelectElement, HTMLTextAreaElement].some((kind) => target instanceof kind);
}

/** @param {import("./texts.js").Texts} texts */
export function showKeys(texts) {
  const write = () => {
    byId("keys-list").replaceChildren(
      ...SHEET.flatMap(([keys, text]) => {
        const term = document.createElement("dt");
        const words = document.createElement("dd");
        term.replaceChildren(
          ...keys.map((key) => {
            const cap = document.createElement("kbd");
            cap.textContent = key;
            return cap;
          }),
        );
        words.textContent = texts.of(text);
        return [term, words];
      }),
    );
  };
  texts.addEventListener("change", write);
  write();
}
