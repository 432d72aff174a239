// @ts-check
// The links: listed, shown with a code, made, revoked; and the code that opens the host's page on a phone. Main thread.

import { byId } from "../app/memory.js";
import { CodeSheet } from "./code.js";
import { askFirst } from "./deed.js";
import { Rows, el, write } from "./dom.js";
import { GRANTS, baseFor, grantWords, linkName, linkWords } from "./facts.js";
import { nameFor } from "./people.js";

/** @typedef {import("./words.js").HostTexts} HostTexts */
/** @typedef {import("./deed.js").Deeds} Deeds */
/** @typedef {import("./facts.js").Link} Link */

export class Links {
  #texts;
  #deeds;
  #sheet;
  /** @type {string[]} */ #urls = [];
  /** What a link may let people ask for. @type {string[]} */ #askable = [];
  #rows;

  /**
   * @param {HostTexts} texts
   * @param {Deeds} deeds
   */
  constructor(texts, deeds) {
    this.#texts = texts;
    this.#deeds = deeds;
    this.#sheet = new CodeSheet(texts, deeds);
    this.#rows = new Rows(byId("links"), (/** @type {Link} */ link) => link.link, (link) => this.#row(link));
    const renew = askFirst(byId("new-viewer-link"), () => texts.of("links.new-viewer"), () => texts.of("links.new-viewer-sure"), () => void this.#make("api/links/viewer"));
    texts.addEventListener("change", () => renew.rename());
    byId("phone").addEventListener("click", () => void this.#phone());
    byId("show-me").addEventListener("click", () => void this.#showMe());
    byId("new-link").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#make("api/links", this.#wanted());
    });
    this.#listGrants();
    texts.addEventListener("change", () => this.#listGrants());
  }

  /** @param {{links: Link[], urls: string[], askable: string[]}} news */
  show({ links, urls, askable }) {
    this.#urls = urls;
    if (askable.join() !== this.#askable.join()) {
      this.#askable = askable;
      this.#listGrants();
    }
    this.#rows.show(links);
  }

  /** @param {Link} link @returns {import("./dom.js").Row<Link>} */
  #row(link) {
    const [name, words] = [el("b"), el("span", { class: "soft" })];
    const show = el("button", { type: "button", class: "plain", click: () => void this.#show(link) });
    const end = el("button", { type: "button", class: "plain danger" });
    const sure = askFirst(end, () => this.#texts.of("links.end"), () => this.#texts.of("links.end-sure"), () => void this.#deeds.post("api/links/end", { link: link.link }));
    return {
      element: el("li", {}, el("div", { class: "who" }, name, words), el("div", { class: "buttons" }, show, end)),
      show: (now) => {
        const isHost = now.grants.includes("host");
        write(name, linkName(this.#texts, now.name));
        write(words, isHost ? grantWords(this.#texts, "host") : linkWords(this.#texts, now, this.#askable, Date.now()));
        nameFor(show, this.#texts.of("links.show"), linkName(this.#texts, now.name));
        sure.rename();
        end.setAttribute("aria-description", linkName(this.#texts, now.name));
        show.hidden = isHost;
        end.hidden = isHost || now.name === "viewer link";
      },
    };
  }

  /** @param {Link} link */
  async #show(link) {
    const answer = await this.#deeds.post("api/links/secret", { link: link.link });
    if (answer) void this.#sheet.show({ link: this.#url("", answer.token), title: "code.viewer", text: "code.viewer-text", seconds: null });
  }

  /**
   * @param {string} path
   * @param {object} [fields]
   */
  async #make(path, fields) {
    const answer = await this.#deeds.post(path, fields);
    if (!answer) return;
    /** @type {HTMLDetailsElement} */ (byId("new-link-box")).open = false;
    /** @type {HTMLFormElement} */ (byId("new-link")).reset();
    void this.#sheet.show({ link: this.#url("", answer.token), title: "code.viewer", text: "code.viewer-text", seconds: null });
  }

  async #phone() {
    const answer = await this.#deeds.post("api/links/ticket");
    if (answer) void this.#sheet.show({ link: this.#url("host", answer.token, true), title: "code.phone", text: "code.phone-text", seconds: answer.expires_in_s });
  }

  /** A link for one person to show their screen here: browsers share one through https only. */
  async #showMe() {
    const answer = await this.#deeds.post("api/links/show");
    if (answer) void this.#sheet.show({ link: this.#url("show", answer.token, true), title: "code.show", text: "code.show-text", seconds: null });
  }

  /**
   * @param {string} page
   * @param {string} token
   * @param {boolean} [isSecret]  encrypted, where the host can
   */
  #url(page, token, isSecret = false) {
    const urls = isSecret ? [...this.#urls.filter((url) => url.startsWith("https:")), ...this.#urls] : this.#urls;
    return `${baseFor(location.href, urls)}${page}#token=${token}`;
  }

  #wanted() {
    const value = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id)).value.trim();
    const boxes = (/** @type {string} */ id) => [.../** @type {NodeListOf<HTMLInputElement>} */ (byId(id).querySelectorAll("input:checked"))].map((box) => box.value);
    return {
      name: value("link-name"),
      grants: boxes("link-grants"),
      may_ask: boxes("link-asks"),
      expires_in_s: value("link-expires") ? Number(value("link-expires")) : null,
      uses: value("link-uses") ? Number(value("link-uses")) : null,
    };
  }

  #listGrants() {
    this.#listBoxes(byId("link-grants"), GRANTS);
    this.#listBoxes(byId("link-asks"), this.#askable);
    byId("link-asks").hidden = this.#askable.length === 0;
  }

  /**
   * @param {HTMLElement} field
   * @param {string[]} grants
   */
  #listBoxes(field, grants) {
    for (const label of field.querySelectorAll("label")) label.remove();
    for (const grant of grants) {
      const box = /** @type {HTMLInputElement} */ (el("input", { type: "checkbox", value: grant }));
      box.defaultChecked = grant === "watch";
      field.append(el("label", { class: "check" }, box, grantWords(this.#texts, grant)));
    }
  }
}
