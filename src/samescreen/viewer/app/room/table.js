// @ts-check
// The room: which view is shown, where the large picture stands, which tiles there are, the panel of views and people. Main thread. The
// stage stays the page's first viewer, whatever view is chosen; this file moves it, and says which stream it watches.

import { largeOf, wishesOf } from "./choice.js";
import { RoomPanel } from "./panel.js";
import { el, place } from "./dom.js";
import { Front } from "./front.js";
import { VIEWS, layoutOf } from "./layout.js";
import { Tiles } from "./tiles.js";
import { nameOf, wordsOf } from "./people.js";
import { Turns } from "./turns.js";
import { lasting } from "../memory.js";

/** @typedef {import("./layout.js").View} View */
/** @typedef {import("./layout.js").Layout} Layout */
/** @typedef {import("./tiles.js").Face} Face */
/** @typedef {import("../room.js").News} News */
/** @typedef {import("../../wire.js").Quality} Quality */
/**
 * @typedef {object} Around  what the room needs of the page
 * @property {import("../texts.js").Texts} texts
 * @property {import("../panels.js").Panels} panels
 * @property {import("./tiles.js").TilesAround["newViewer"]} newViewer
 * @property {import("./tiles.js").TilesAround["newCursor"]} newCursor
 * @property {(stream: string) => void} watch  the large picture watches this stream
 * @property {(quality: Quality) => void} prefer  for the large picture
 * @property {() => Quality} chosen  by the reader
 * @property {() => import("../../wire.js").Path|null} path  how the page decodes
 * @property {() => boolean} isHost
 * @property {(stream: string) => void} forward  as the host: show this to everybody; "": take it back
 * @property {(isAlone: boolean) => void} onView
 * @property {() => void} wake  shows what stands around the picture
 */

export class Table {
  #around;
  #texts;
  #turns = new Turns();
  /** @type {View} */ #view = /** @type {View} */ (VIEWS.find((view) => view === lasting.recall("view")) ?? "single");
  /** @type {Partial<News>} */ #news = {};
  #page = 0;
  #pinned = "";
  #large = "";
  /** Asked for, until the host has it. */ #asked = "";
  /** What the viewer of the large picture was asked to prefer; null: what the reader chose. @type {Quality|null} */ #preferred = null;
  /** The view before the host showed everybody one stream. @type {View|null} */ #before = null;
  /** The stream that was large before the host moved this page to another. */ #left = "";
  /** The stream to go back to when the host takes back what everybody is shown. */ #home = "";
  #stage = el("div", { id: "room" });
  #front;
  #tiles;
  #panel;

  /** @param {Around} around */
  constructor(around) {
    const { texts, newViewer, newCursor } = around;
    this.#around = around;
    this.#texts = texts;
    loadStyle();
    byId("stage").after(this.#stage);
    this.#front = new Front(texts, {
      pick: (event) => this.#tapped(this.#large, event),
      unpin: () => this.pin(this.#large),
      act: () => this.#show(this.#large),
      turn: (by) => this.turnPage(by),
    });
    const grid = el("div", { id: "room-tiles" });
    this.#stage.append(grid, this.#front.element, this.#front.pages);
    this.#tiles = new Tiles(grid, { texts, newViewer, newCursor, onPick: (stream, event) => this.#tapped(stream, event), onAct: (stream) => this.#show(stream) });
    this.#panel = new RoomPanel(texts, around.panels, { onView: (view) => this.choose(view), onPick: (stream) => this.pin(stream) });
    new ResizeObserver(() => this.draw()).observe(this.#stage);
    texts.addEventListener("change", () => this.draw());
  }

  /** @param {Partial<News>} news */
  take(news) {
    const before = this.#news;
    this.#news = { ...news };
    if (news.streams !== before.streams) this.#moved(before.streams?.watching ?? "");
    const [was, now] = [before.roster?.forward ?? "", news.roster?.forward ?? ""];
    if (was !== now) this.#forwarded(was, now !== "");
    if (news.roster !== before.roster) this.#left = "";
    this.#turns.heard(news.voices?.speakers ?? [], performance.now());
    this.draw();
  }

  /** @param {View} view */
  choose(view) {
    this.#before = null;
    this.#turnTo(view);
    lasting.remember("view", view === "single" ? null : view);
    this.draw();
  }

  next() {
    if (this.#ids.length > 1) this.choose(VIEWS[(VIEWS.indexOf(this.#view) + 1) % VIEWS.length]);
  }

  /** Shows this stream large, until the reader chooses another. @param {string} stream  "": whoever talks */
  pin(stream) {
    this.#pinned = this.#pinned === stream ? "" : stream;
    if (stream !== "") this.#large = stream;
    if (this.#view === "grid") this.#turnTo("speaker");
    this.draw();
  }

  /** @param {1|-1} by */
  turnPage(by) {
    this.#page += by;
    this.draw();
  }

  /** @param {string|null} pass */
  setPass(pass) {
    this.#tiles.setPass(pass);
  }

  /** The reader chose another quality for all pictures. */
  chose() {
    this.#preferred = null;
    this.draw();
  }

  close() {
    this.#preferred = null;
    this.#asked = "";
    this.#tiles.close();
  }

  /** @param {View} view */
  #turnTo(view) {
    if (view !== this.#view) this.#page = 0;
    this.#view = view;
  }

  /** Another stream is on the stage, perhaps by nobody's choice here. @param {string} before  what was */
  #moved(before) {
    const watching = this.#news.streams?.watching ?? "";
    if (watching === this.#asked) this.#asked = "";
    if (watching === before || watching === this.#large) return;
    const isChosen = this.#ids.includes(this.#large);
    this.#left = this.#large || before;
    this.#large = watching;
    this.#asked = "";
    if (isChosen && this.#view === "speaker") this.#pinned = watching;
  }

  /**
   * What the host shows to everybody is large for everybody; afterwards the page is as before.
   * @param {string} was  what everybody was shown until now; "": nothing
   * @param {boolean} isOn
   */
  #forwarded(was, isOn) {
    if (isOn) this.#home ||= this.#left;
    else {
      // Somebody who looked elsewhere meanwhile stays there.
      const wasThere = [this.#left, this.#news.streams?.watching].includes(was);
      if (wasThere && this.#ids.includes(this.#home)) this.#return(this.#home);
      this.#home = "";
    }
    if (isOn && this.#view === "grid") [this.#before, this.#view] = [this.#view, "speaker"];
    else if (!isOn && this.#before) [this.#view, this.#before] = [this.#before, null];
    this.#pinned = "";
  }

  /** The host has moved everybody to the first stream. @param {string} stream  where this reader was */
  #return(stream) {
    if (stream !== this.#news.streams?.watching) this.#around.watch(stream);
    this.#large = this.#asked = stream;
  }

  /** @param {string} stream @param {MouseEvent} event */
  #tapped(stream, event) {
    // In the grid no picture is left to tap, so the first tap of a finger brings the bar back.
    const isFinger = /** @type {PointerEvent} */ (event).pointerType === "touch";
    if (isFinger && this.#view === "grid" && document.documentElement.classList.contains("quiet")) return this.#around.wake();
    this.pin(stream);
  }

  /** As the host: to everybody, or back. @param {string} stream */
  #show(stream) {
    this.#around.forward(this.#news.roster?.forward === stream ? "" : stream);
  }

  /** What may be shown here, by id: the list of the host, and what only the host sees. */
  get #names() {
    const kept = this.#around.isHost() ? (this.#news.roster?.kept ?? []) : [];
    return new Map([...(this.#news.streams?.streams ?? []), ...kept].map(({ stream, name }) => [stream, name]));
  }

  get #ids() {
    return [...this.#names.keys()];
  }

  get #own() {
    const { roster } = this.#news;
    return roster?.people.find(({ person }) => person === roster.you)?.shows ?? [];
  }

  draw() {
    const names = this.#names;
    const view = names.size > 1 ? this.#view : "single";
    const layout = this.#layout(view, [...names.keys()]);
    this.#page = layout.page;
    this.#stand(view, layout);
    this.#drawTiles(view, layout, names);
    this.#panel.show({ view, names, roster: this.#news.roster ?? null, talking: this.#turns.numbers });
  }

  /** @param {View} view @param {string[]} ids @returns {Layout} */
  #layout(view, ids) {
    const watching = this.#news.streams?.watching ?? "";
    const now = performance.now();
    const forward = this.#news.roster?.forward ?? "";
    const talking = view === "speaker" ? this.#turns.talking(this.#news.roster?.people ?? []) : [];
    const before = view === "single" ? watching : this.#large || watching;
    this.#large = view === "single" ? watching : largeOf({ streams: ids, before, pinned: this.#pinned || forward, talking, own: this.#own }, now);
    if (talking.length > 0) this.#turns.later(now, () => this.draw());
    const room = { width: this.#stage.clientWidth, height: this.#stage.clientHeight };
    const layout = layoutOf(view, ids, this.#large, this.#page, room);
    this.#large = layout.large;
    if (view !== "single" && this.#large !== watching && this.#large !== this.#asked && this.#large !== "") {
      this.#asked = this.#large;
      this.#around.watch(this.#large);
    }
    return layout;
  }

  /** Places the large picture and what belongs to it. @param {View} view @param {Layout} layout */
  #stand(view, { places, large }) {
    const root = document.documentElement;
    if (root.dataset.view !== view) {
      root.dataset.view = view;
      this.#around.onView(view === "single");
    }
    const at = places.find(({ stream }) => stream === large)?.box ?? null;
    const corner = this.#stage.getBoundingClientRect();
    const box = view === "single" || at === null ? null : { ...at, x: at.x + corner.left, y: at.y + corner.top };
    for (const id of ["stage", "ink", "veil"]) place(byId(id), box);
  }

  /** @param {View} view @param {Layout} layout @param {Map<string, string>} names */
  #drawTiles(view, layout, names) {
    const isSingle = view === "single";
    const chosen = this.#around.chosen();
    const wishes = wishesOf(view, layout, { chosen, path: this.#around.path(), ratio: devicePixelRatio });
    const wanted = layout.places.map((place, n) => ({ place, wish: wishes[n], face: this.#faceOf(place.stream, names) }));
    const large = wanted.find(({ place }) => place.stream === layout.large);
    this.#prefer(isSingle || !large ? chosen : large.wish.quality);
    this.#tiles.show(isSingle ? [] : wanted.filter((each) => each !== large));
    const below = large ? this.#stage.clientHeight - large.place.box.y - large.place.box.height : 0;
    this.#front.show(isSingle ? null : (large ?? null), { view, isPinned: this.#pinned === layout.large, page: layout.page, pages: layout.pages, below });
  }

  /** For the large picture. @param {Quality} quality */
  #prefer(quality) {
    if (quality !== (this.#preferred ?? this.#around.chosen())) this.#around.prefer(quality);
    this.#preferred = quality;
  }

  /** @param {string} stream @param {Map<string, string>} names @returns {Face} */
  #faceOf(stream, names) {
    const { roster } = this.#news;
    const texts = this.#texts;
    const owner = roster?.people.find(({ shows }) => shows.includes(stream));
    const isTalking = owner !== undefined && !owner.muted && this.#turns.numbers.has(owner.voice);
    const isKept = roster?.kept.some((each) => each.stream === stream);
    const isForwarded = roster?.forward === stream;
    const words = [
      isForwarded ? texts.of("room.forwarded") : isKept ? texts.of("room.kept") : "",
      ...(owner ? wordsOf(texts, { ...owner, host: false, watches: true }, { isYou: owner.person === roster?.you, isTalking }) : []),
    ];
    const name = names.get(stream) || (owner ? nameOf(texts, owner) : "");
    const act = this.#around.isHost() ? texts.of(isForwarded ? "room.take-back" : "room.to-all") : null;
    return { name, words: words.filter(Boolean).join(" · "), isTalking, act };
  }

}

function byId(/** @type {string} */ id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

function loadStyle() {
  document.head.append(el("link", { rel: "stylesheet", href: new URL("room.css", import.meta.url).href }));
}
