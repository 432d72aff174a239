// @ts-check
// The page: lets itself in, opens the viewer, and shows what it tells. Main thread. It wires; it knows no protocol.

import { backoffMs } from "../socket.js";
import { Viewer } from "../viewer.js";
import { Badge } from "./badge.js";
import { Fit } from "./fit.js";
import { Login, Unreachable, isLetIn } from "./login.js";
import { byId, lasting, visit } from "./memory.js";
import { SecureOffer } from "./secure.js";
import { SoundBar } from "./sound.js";
import { StatusCard } from "./status.js";
import { StreamTabs } from "./streams.js";
import { Texts, languageOf } from "./texts.js";
import { Toolbar } from "./toolbar.js";
import { Wake } from "./wake.js";

/** @typedef {import("../wire.js").Path} Path */
/** @typedef {import("../viewer.js").ReceiverEvents} ReceiverEvents */

const root = document.documentElement;
const PATHS = ["webcodecs", "wasm", "jpeg"];
const PAINTS = ["webgl", "cpu"];
const asked = new URLSearchParams(location.search);

let decoder = /** @type {Path|null} */ (oneOf(PATHS, asked.get("decoder")));
const paint = /** @type {import("../video/planes.js").Paint|null} */ (oneOf(PAINTS, asked.get("paint")));
/** @type {Viewer|null} */
let viewer = null;
/** Ends the wait before the next try to be let in. */
let hurry = () => {};

const texts = new Texts(languageOf([lasting.recall("language") ?? "", ...navigator.languages]));
const status = new StatusCard(texts, () => (viewer?.retry(), hurry()));
const badge = new Badge(texts);
const login = new Login(texts, () => status.show({ state: "login", reason: "login", detail: "", retryAtMs: null }));
const secure = new SecureOffer(() => login.token);
const fit = new Fit(byId("stage"), canvas(), lasting.recall("fit") === "actual" ? "actual" : "fit");
const wake = new Wake();
const sound = new SoundBar(texts);
const toolbar = new Toolbar({ texts, fit, badge, sound, decoder, onDecoder: chooseDecoder });
const tabs = new StreamTabs(texts, (stream) => viewer?.setStream(stream));

/** @type {{[Name in Exclude<keyof ReceiverEvents, "sound">]: (detail: ReceiverEvents[Name]) => void}} */
const reactions = {
  state: (shown) => {
    status.show(shown);
    wake.want(shown.state === "live");
    toolbar.wake();
  },
  stats: (totals) => badge.show(totals),
  size: (size) => {
    root.dataset.painted = "";
    fit.resize(size);
  },
  path: ({ path, key }) => {
    root.dataset.path = path;
    if (decoder === null) visit.remember("decoder", key);
  },
  firstpaint: ({ atMs }) => (root.dataset.firstPaintMs ??= String(Math.round(atMs - performance.timeOrigin))),
  welcome: ({ host }) => {
    badge.host = host;
    sound.show(null); // a host that has sound says so next
    visit.remember("reloaded", null);
    secure.show();
  },
  streams: (news) => {
    root.dataset.stream = news.watching;
    const name = news.streams.find(({ stream }) => stream === news.watching)?.name;
    document.title = [name ?? badge.host, texts.of("app.name")].join(" · ");
    tabs.show(news);
  },
  audio: (audio) => sound.show(audio.state === "none" ? null : audio),
  refused: async () => {
    if ((await isLetIn().catch(() => true)) === false) reopen(login.ask(null));
  },
  ended: ({ reason }) => endings[reason](),
};

const endings = {
  // Once: a page that is still the wrong one after that says so instead of spinning.
  version: () => {
    if (visit.recall("reloaded")) return;
    visit.remember("reloaded", "yes");
    location.reload();
  },
};

/**
 * @param {string[]} words
 * @param {string|null} word
 */
function oneOf(words, word) {
  return words.find((known) => known === word) ?? null;
}

function canvas() {
  return /** @type {HTMLCanvasElement} */ (byId("screen"));
}

/** @param {Promise<unknown>} after */
function open(after) {
  const remembered = decoder === null ? visit.recall("decoder") : null;
  viewer = new Viewer(canvas(), { decoder, paint, remembered, stream: tabs.remembered, after });
  sound.attach(viewer.sound);
  for (const [name, react] of Object.entries(reactions)) {
    viewer.addEventListener(name, (event) =>
      /** @type {(detail: unknown) => void} */ (react)(/** @type {CustomEvent} */ (event).detail),
    );
  }
  // The page's debugging handle; tests read pixels through it.
  Object.assign(globalThis, { samescreen: viewer });
}

/** @param {Promise<unknown>} after */
function reopen(after) {
  viewer?.close();
  tabs.close();
  // A canvas given to a worker never comes back.
  const fresh = /** @type {HTMLCanvasElement} */ (canvas().cloneNode());
  canvas().replaceWith(fresh);
  fit.replace(fresh);
  delete root.dataset.painted;
  open(after);
}

/** @param {Path|null} path */
function chooseDecoder(path) {
  decoder = path;
  visit.remember("decoder", null);
  viewer?.setDecoder(path);
}

/** Knocks until the host answers. */
async function enter() {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await login.enter();
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      const delayMs = Math.max(500, backoffMs(attempt, Math.random()));
      status.show({ state: "reconnecting", reason: "unreachable", detail: "", retryAtMs: Date.now() + delayMs });
      await new Promise((resolve) => {
        hurry = () => resolve(undefined);
        setTimeout(hurry, delayMs);
      });
    }
  }
}

texts.speak(texts.language);
if ("WebSocket" in globalThis) {
  status.show({ state: "connecting", reason: "connecting", detail: "", retryAtMs: null });
  open(enter());
} else {
  status.show({ state: "failed", reason: "failed-websocket", detail: "", retryAtMs: null });
}
