// @ts-check
// The page: takes over what arrival.js began, and shows the viewer's events. Main thread. It wires modules together; it knows no protocol.

import { Admission } from "./admission.js";
import { oneOf, takeArrival } from "./arrival.js";
import { Badge } from "./badge.js";
import { Chrome } from "./chrome.js";
import { Fit } from "./fit.js";
import { ControlButton } from "./control.js";
import { CursorLayer, HandCursor } from "./cursor.js";
import { ASKABLE, Exchange } from "./exchange.js";
import { isFramed } from "./framed.js";
import { HostLines } from "./host_lines.js";
import { InkTools } from "./ink.js";
import { offerInstall } from "./install.js";
import { showKeys } from "./keys.js";
import { KeyBar } from "./key_bar.js";
import { Kiosk } from "./kiosk.js";
import { chosenLanguage } from "./language.js";
import { Login } from "./login.js";
import { byId, lasting, visit } from "./memory.js";
import { Notice } from "./notice.js";
import { Panels } from "./panels.js";
import { PassOn } from "./pass_on.js";
import { QualityMenu } from "./quality.js";
import { Room } from "./room.js";
import { forward } from "./room_host.js";
import { SecureOffer, goSecure, secureUrl } from "./secure.js";
import { ShowPanel } from "./show.js";
import { SoundBar } from "./sound.js";
import { StatusCard } from "./status.js";
import { StreamTabs } from "./streams.js";
import { Talk } from "./talk.js";
import { Texts } from "./texts.js";
import { sealIn, takeToken } from "./token.js";
import { Toolbar } from "./toolbar.js";
import { PictureTools } from "./tools.js";
import { VoiceBar } from "./voice.js";
import { Viewer } from "../viewer.js";
import { Wake } from "./wake.js";

/** @typedef {import("../wire.js").Path} Path */
/** @typedef {import("../contract.js").Events} Events */

const root = document.documentElement;
const VIEWS = ["fit", "fill", "actual"];
const arrival = takeArrival();
const { asked, lease } = arrival;

let { decoder, viewer } = arrival;

const texts = new Texts(chosenLanguage(asked.get("lang"), lasting.recall("language"), navigator.languages));
const status = new StatusCard(texts, () => (viewer?.retry(), admission.hurry()));
const badge = new Badge(texts);
const notice = new Notice(texts);
const login = new Login(texts, lease, () => status.show({ state: "login", reason: "login", detail: "", retryAtMs: null }), arrival);
const admission = new Admission({ lease, login, status, notice, viewer: () => viewer, reopen });
const secure = new SecureOffer(() => lease);
const fit = new Fit(byId("stage"), canvas(), /** @type {import("./fit.js").Mode} */ (oneOf(VIEWS, lasting.recall("fit")) ?? "fit"));
const wake = new Wake();
const sound = new SoundBar(texts);
const tabs = new StreamTabs(texts, (stream) => viewer?.setStream(stream), asked.get("stream"));
const quality = new QualityMenu(texts, asked.get("quality"), (chosen) => (viewer?.setQuality(chosen), tabs.setQuality(chosen), room.chose()));
tabs.setQuality(quality.chosen);
const control = new ControlButton(texts, (grants) => viewer?.ask(grants));
control.onApplied = (/** @type {{sentMs: number, hostUs: number}} */ applied) => viewer?.timeResponse(applied);
const cursor = new CursorLayer(byId("host-cursor"));
control.picture = {
  view: fit.moves,
  cursorAt: () => (cursor.shape ? cursor.drawn : null),
  onKeys: () => keyBar.draw(),
};
const handCursor = new HandCursor(byId("stage"), canvas, cursor);
const kiosk = new Kiosk(asked.get("kiosk") === "1");
const panels = new Panels();
const chrome = new Chrome(panels);
const keyBar = new KeyBar(() => chrome.toggle());
control.onActing = (/** @type {import("../control/hands.js").Hands|null} */ hands) => keyBar.follow(hands);
byId("tool-lock").addEventListener("click", async () => {
  panels.close();
  if (!(await control.lockMouse())) notice.show("lock.unable");
});
const talk = new Talk(texts, () => viewer);
const lines = new HostLines(texts);
const voice = new VoiceBar(texts, (grants) => viewer?.ask(grants), { link: () => secureUrl(location.href, lease.token), go: () => void goSecure(lease) });
const tools = new PictureTools(() => viewer, notice, () => tabs.name, (context) => cursor.drawInto(context));
const passOn = new PassOn(texts, () => lease.token);
const ink = new InkTools(texts, () => viewer, panels, notice);
panels.add("talk", { first: "line" });
panels.add("ink");
panels.add("view");
panels.add("more");
panels.add("pass", { back: "tool-more" });
panels.add("keys", { back: "tool-more" });
const room = new Room(asked.get("kiosk") === "1" ? null : {
  texts,
  panels,
  newViewer: (canvas, stream, chosen) => new Viewer(canvas, { stream, quality: chosen, decoder, pass: lease.pass, seal: arrival.seal, drawsCursor: true, picturesOnly: true }),
  newCursor: (layer) => new CursorLayer(layer),
  watch: (stream) => viewer?.setStream(stream),
  prefer: (chosen) => viewer?.setQuality(chosen),
  chosen: () => quality.chosen,
  path: () => /** @type {Path|null} */ (root.dataset.path ?? null),
  isHost: () => (root.dataset.grants ?? "").split(" ").includes("host"),
  forward: (stream) => void forward(lease, stream),
  onView: (isAlone) => tabs.setAlone(isAlone),
  wake: () => chrome.wake(),
});
const exchange = new Exchange(texts, control, panels, notice, (/** @type {string[]} */ grants) => viewer?.ask(grants));
const show = new ShowPanel(texts, panels, {
  pass: () => lease.pass,
  goSecure: () => void goSecure(lease),
  askFor: (grants) => viewer?.ask(grants),
  say: (key) => notice.show(key),
  answer: (answer) => viewer?.answerShow(answer),
});
panels.addEventListener("change", () => {
  if (panels.open === "pass") passOn.show();
  if (panels.open === "talk") lines.seen();
});
fit.addEventListener("view", () => cursor.follow(canvas().style));
fit.addEventListener("view", () => {
  ink.placed(fit.quarters);
  control.turn(fit.quarters);
  handCursor.turn(fit.quarters);
});
fit.addEventListener("mode", () => viewer?.setFollowed(fit.isFollowing));
showKeys(texts);
offerInstall();
new Toolbar({
  texts,
  fit,
  notice,
  decoder,
  onDecoder: chooseDecoder,
  keys: {
    i: () => badge.toggle(),
    m: () => sound.toggle(),
    h: () => talk.toggleHand(),
    t: () => panels.toggle("talk"),
    d: () => ink.toggle(),
    v: () => panels.toggle("view"),
    o: () => panels.toggle("more"),
    l: () => panels.toggle("pass"),
    "?": () => panels.toggle("keys"),
    p: () => tools.togglePause(),
    s: () => void tools.save(),
    w: () => void tools.toggleSmallWindow(),
    g: () => room.next(),
    "[": () => tabs.step(-1),
    "]": () => tabs.step(1),
    ...kiosk.keys((by) => tabs.step(by)),
  },
});

/** @type {{[Name in Exclude<keyof Events, "sound">]: (detail: Events[Name]) => void}} */
const reactions = {
  state: (shown) => {
    status.show(shown);
    wake.want(shown.state === "live");
    kiosk.follow(shown);
    chrome.wake();
    if (["reconnecting", "connecting", "stopped", "failed"].includes(shown.state)) talk.disconnected();
    if (shown.state === "stopped") voice.stopped();
    if (shown.state === "reconnecting") for (const part of [control, voice]) part.lost();
  },
  stats: (totals) => badge.show(totals),
  activity: ({ x, y }) => fit.see({ x, y }),
  you: (you) => (talk.show(you), show.named(you)),
  fromhost: (line) => lines.show(line),
  size: (size) => {
    root.dataset.painted = "";
    fit.resize(size);
    control.resize(size);
    cursor.resize(size);
    handCursor.resize(size);
  },
  shape: (shape) => cursor.know(shape),
  cursor: (drawn) => {
    cursor.draw(drawn);
    handCursor.follow();
  },
  path: ({ path, key }) => {
    root.dataset.path = path;
    quality.follow(path);
    if (decoder === null) visit.remember("decoder", key);
  },
  firstpaint: ({ atMs }) => (root.dataset.firstPaintMs ??= String(Math.round(atMs - performance.timeOrigin))),
  welcome: ({ host }) => {
    badge.host = host;
    for (const part of [control, exchange, ink, show, voice]) part.welcomed();
    viewer?.setFollowed(fit.isFollowing);
    sound.show(null); // a host with sound announces it next
    byId("recorded").hidden = true; // and so does one that records
    visit.remember("reloaded", null);
    if (!isFramed) secure.show(); // no frame can pass a browser's warning of a certificate
    admission.welcomed();
  },
  streams: (news) => {
    root.dataset.stream = news.watching;
    tabs.show(news);
    document.title = [tabs.name || badge.host, texts.of("app.name")].join(" · ");
    control.follow(news);
    ink.follow(news);
    room.take("streams", news);
  },
  recording: ({ on }) => (byId("recorded").hidden = !on),
  audio: (audio) => sound.show(audio.state === "none" ? null : audio),
  grants: (news) => {
    chrome.wake(); // what the bar has may be new
    const lost = (root.dataset.grants ?? "").split(" ").filter((grant) => !news.grants.includes(grant));
    if (lost.some((grant) => ["point", ...ASKABLE].includes(grant))) notice.show("exchange.ended");
    root.dataset.grants = news.grants.join(" ");
    control.granted(news);
    exchange.granted(news);
    ink.granted(news);
    show.granted(news);
    voice.granted(news);
  },
  clipboard: (news) => exchange.copied(news),
  asked: (answer) => askerOf(answer.grants).asked(answer),
  acting: (news) => control.acting(news),
  ink: (news) => ink.add(news),
  marks: (news) => ink.replace(news),
  voices: (news) => (voice.show(news), room.take("voices", news)),
  showrequest: (request) => show.requested(request),
  roster: (news) => {
    show.listed(news);
    voice.listed(news);
    room.take("roster", news);
  },
  refused: () => void admission.askWhy(),
  ended: ({ reason }) => endings[reason](),
};

/** What asked the host for these. @param {string[]} grants */
function askerOf(grants) {
  if (exchange.isAbout(grants)) return exchange;
  if (grants.includes("talk")) return voice;
  return grants.includes("publish") ? show : grants.includes("point") ? ink : control;
}

const endings = {
  // Only once: a page that is still of the wrong version after that shows an error instead of reloading for ever.
  version: () => {
    if (visit.recall("reloaded") === null && visit.remember("reloaded", "yes")) location.reload();
  },
};

function canvas() {
  return /** @type {HTMLCanvasElement} */ (byId("screen"));
}

/**
 * @param {string} name
 * @param {unknown} detail
 */
function react(name, detail) {
  /** @type {Record<string, (detail: any) => void>} */ (reactions)[name](detail);
}

/** Takes over the viewer of the arrival. */
function adopt() {
  if (!viewer) return;
  sound.attach(viewer.sound);
  tools.reopened();
  // A login must be known before the welcome that it led to.
  admission.enter().then(() => {
    arrival.follow(react);
    arrival.letIn();
  });
}

/** @param {Promise<unknown>} after */
function reopen(after) {
  viewer?.close();
  tabs.close();
  room.close();
  // A worker never gives a canvas back.
  const fresh = /** @type {HTMLCanvasElement} */ (canvas().cloneNode());
  canvas().replaceWith(fresh);
  fit.replace(fresh);
  delete root.dataset.painted;
  cursor.draw({ shape: 0, x: 0, y: 0 });
  viewer = arrival.newViewer(after, { decoder, stream: tabs.remembered, quality: quality.chosen });
  sound.attach(viewer.sound);
  tools.reopened();
  for (const name of Object.keys(reactions)) {
    viewer.addEventListener(name, (event) => react(name, /** @type {CustomEvent} */ (event).detail));
  }
}

/** @param {Path|null} path */
function chooseDecoder(path) {
  decoder = path;
  visit.remember("decoder", null);
  viewer?.setDecoder(path);
}

lease.addEventListener("pass", () => {
  viewer?.setPass(lease.pass);
  tabs.setPass(lease.pass);
  control.setPass(lease.pass);
  show.setPass(lease.pass);
  voice.setPass(lease.pass);
  room.setPass(lease.pass);
});
lease.keep();
globalThis.addEventListener("hashchange", () => {
  // Another key opens other pictures: begin as if that link had been opened in a new tab.
  if ((sealIn(location.hash) ?? arrival.seal) !== arrival.seal) return location.reload();
  const token = takeToken();
  if (token !== null) void admission.follow(token);
});
root.dataset.started = "";
texts.setLanguage(texts.language);
if (viewer) {
  status.show({ state: "connecting", reason: "connecting", detail: "", retryAtMs: null });
  adopt();
} else {
  status.show({ state: "failed", reason: "failed-websocket", detail: "", retryAtMs: null });
}
