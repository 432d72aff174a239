// @ts-check
// What a text field got, as text and keys for the host. Main thread. A phone's keyboard reports most of what it does as a change of the
// field only: letters, a backspace, Enter, a word that it corrects. So while it is open, the field has some text in it that can be erased,
// and each change is sent as backspaces and new text. Without it, the field is for input methods: a text is sent when it is whole.

/** @typedef {Pick<HTMLTextAreaElement, "value"|"inputMode"|"setSelectionRange">} Field */

/**
 * @typedef {object} Typed
 * @property {(text: string) => void} type
 * @property {(name: "Backspace"|"Enter") => void} tap
 */

/** What can be erased. It ends with a space, so that no keyboard takes it for the beginning of a word. */
export const FILLER = `${"_".repeat(99)} `;
const LEAST = 20;
const MOST = 400;
/** Characters that input methods make of others: what leads to them is not sent. */
const CONVERTED = /[\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]/u;
/** Their keyboards show letters first, which become other characters. */
const CONVERTING = /^(?:zh|ja)\b/iu;

export class Typing {
  #field;
  #typed;
  #isOpen = false;
  #isComposing = false;
  /** The field as the host knows it. */ #known = "";
  #converts;

  /**
   * @param {Field} field
   * @param {Typed} typed
   * @param {readonly string[]} languages  of the reader
   */
  constructor(field, typed, languages) {
    this.#field = field;
    this.#typed = typed;
    this.#converts = languages.some((language) => CONVERTING.test(language));
  }

  /** Whether a phone's keyboard is open. */
  get isOpen() {
    return this.#isOpen;
  }

  /** @param {boolean} isOpen */
  open(isOpen) {
    this.#isOpen = isOpen;
    this.#isComposing = false;
    this.reset();
  }

  /** The field begins anew: what the host did with the text is not known. */
  reset() {
    this.#known = this.#isOpen ? FILLER : "";
    this.#field.value = this.#known;
    this.#field.setSelectionRange?.(this.#known.length, this.#known.length);
  }

  /** @param {{isComposing?: boolean}} event  an input event of the field */
  changed({ isComposing = false }) {
    this.#isComposing = isComposing;
    if (this.#isOpen ? !isComposing || this.#isPlain : !isComposing) this.#send();
  }

  /** A composition has ended; some browsers report no input after it. */
  composed() {
    this.#isComposing = false;
    this.#send();
  }

  /** Whether what is being composed stays as it is, but for corrections. */
  get #isPlain() {
    const added = this.#field.value.slice(sameStart(this.#known, this.#field.value));
    return !this.#converts && !CONVERTED.test(added);
  }

  #send() {
    const { value } = this.#field;
    const same = sameStart(this.#known, value);
    const [gone, added] = [this.#known.slice(same), value.slice(same)];
    this.#known = value;
    // Letters became other characters: whoever types so uses an input method.
    if (this.#isOpen && gone !== "" && CONVERTED.test(added)) this.#converts = true;
    for (let count = characters(gone); count > 0; count -= 1) this.#typed.tap("Backspace");
    for (const [at, line] of added.split("\n").entries()) {
      if (at > 0) this.#typed.tap("Enter");
      if (line !== "") this.#typed.type(line);
    }
    const isWorn = this.#isOpen ? value.length < LEAST || value.length > MOST : value !== "";
    if (isWorn && !this.#isComposing) this.reset();
  }
}

/**
 * How much of the beginning is the same, in whole characters.
 * @param {string} one
 * @param {string} other
 */
function sameStart(one, other) {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1;
  return /[\ud800-\udbff]/.test(one[at - 1] ?? "") ? at - 1 : at;
}

/** As many backspaces erase it. @param {string} text */
function characters(text) {
  if (typeof Intl.Segmenter !== "function") return [...text].length;
  return [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)].length;
}
