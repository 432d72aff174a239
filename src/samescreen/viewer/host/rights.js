// @ts-check
// What one person may do now: a button that opens a list of rights, each of which can be given and taken. Main thread.

import { el, write } from "./dom.js";
import { GRANTS, called, grantWords } from "./facts.js";

/** @typedef {import("./facts.js").Person} Person */

/**
 * @param {import("./words.js").HostTexts} texts
 * @param {import("./deed.js").Deeds} deeds
 * @param {(button: HTMLElement, words: string, about: string) => void} nameFor
 */
export function rightsOf(texts, deeds, nameFor) {
  let person = "";
  /** Answers that the page waits for: until then the boxes show what was pressed. */ let open = 0;
  const legend = el("legend");
  const boxes = new Map(GRANTS.map((grant) => [grant, /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", value: grant, change: () => void change() }))]));
  const words = new Map(GRANTS.map((grant) => [grant, el("span")]));
  const labels = GRANTS.map((grant) => el("label", { class: "check" }, boxes.get(grant) ?? null, words.get(grant) ?? null));
  const element = el("fieldset", { class: "rights", hidden: true }, legend, ...labels);
  const button = el("button", { type: "button", class: "plain", "aria-expanded": "false" });
  button.addEventListener("click", () => {
    element.hidden = !element.hidden;
    button.setAttribute("aria-expanded", String(!element.hidden));
  });

  async function change() {
    const grants = [...boxes].filter(([, box]) => box.checked).map(([grant]) => grant);
    open += 1;
    await deeds.post("api/people/grants", { person, grants });
    open -= 1;
  }

  return {
    button,
    element,
    /** @param {Person} now */
    show(now) {
      person = now.person;
      const isHost = now.grants.includes("host");
      button.hidden = isHost;
      if (isHost) element.hidden = true;
      nameFor(button, texts.of("people.rights"), called(texts, now));
      write(legend, texts.of("people.may", called(texts, now)));
      for (const [grant, label] of words) write(label, grantWords(texts, grant));
      if (open === 0) for (const [grant, box] of boxes) box.checked = now.grants.includes(grant);
    },
  };
}
