// @ts-check
// The host's page: gets in by the host link, asks the host for news, and hands them to the panels. Main thread. It wires modules together.

import { chosenLanguage } from "../app/language.js";
import { Lease } from "../app/lease.js";
import { Login, Troubled } from "../app/login.js";
import { byId, lasting } from "../app/memory.js";
import { takeToken } from "../app/token.js";
import { Acts } from "./acts.js";
import { Api } from "./api.js";
import { Deeds } from "./deed.js";
import { write } from "./dom.js";
import { Links } from "./links.js";
import { People } from "./people.js";
import { Poll, delayMs } from "./poll.js";
import { Preview } from "./preview.js";
import { Files } from "./files.js";
import { Outputs } from "./outputs.js";
import { Recordings } from "./recordings.js";
import { SharedSound } from "./sound.js";
import { Streams } from "./streams.js";
import { Switches } from "./switches.js";
import { HostTexts } from "./words.js";

const root = document.documentElement;
const asked = new URLSearchParams(location.search);
const texts = new HostTexts(chosenLanguage(asked.get("lang"), lasting.recall("language"), navigator.languages));
const lease = new Lease();
const login = new Login(texts, lease, () => show("login"));
/** The browser keeps no cookie of this host: each request shows the link's token instead. */
let keepsNoCookie = false;
/** @type {any} */ let news = null;
/** Ends the wait for a host link. @type {() => void} */ let leaveDoor = () => {};

const api = new Api(() => (keepsNoCookie ? lease.token : null));
const poll = new Poll(ask);
const deeds = new Deeds(api, texts, () => void poll.now());
const preview = new Preview(texts, () => lease.pass);
const panels = {
  people: new People(texts, deeds),
  switches: new Switches(texts, deeds),
  streams: new Streams(texts, deeds),
  sound: new SharedSound(texts, deeds),
  links: new Links(texts, deeds),
  acts: new Acts(texts),
  recordings: new Recordings(texts, deeds),
  outputs: new Outputs(texts),
  files: new Files(texts, deeds),
};

/** @param {"connecting"|"login"|"open"} state */
function show(state) {
  root.dataset.state = state;
  byId("desk").hidden = state !== "open";
}

/** Gets in, however often the host does not answer. */
async function enter() {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await login.enter();
      return trouble(null);
    } catch (error) {
      if (!(error instanceof Troubled)) throw error;
      trouble([texts.of("trouble.silent"), ...error.trouble.lines].join(" "));
      await new Promise((resolve) => setTimeout(resolve, delayMs(attempt)));
    }
  }
}

/** @returns {Promise<boolean>} false: the host did not answer */
async function ask() {
  const answer = await api.overview();
  trouble(answer.is === "refused" ? texts.of("trouble.refused", answer.words) : answer.is === "silent" ? texts.of("trouble.silent") : null);
  if (answer.is === "ok") showNews(answer.value);
  if (answer.is === "out") leaveDoor();
  return answer.is !== "silent" && answer.is !== "refused";
}

/** @param {any} next */
function showNews(next) {
  const isFirst = root.dataset.state !== "open";
  news = next;
  show("open");
  const waiting = news.newcomers.length;
  write(byId("host-name"), news.host);
  write(byId("sum"), [
    texts.counted("people.watching", news.people.length),
    ...(waiting ? [texts.counted("people.waiting", waiting)] : []),
  ].join(" · "));
  document.title = [...(waiting ? [`(${waiting})`] : []), news.host, texts.of("host.title")].join(" · ");
  panels.people.show(news);
  panels.switches.show(news);
  panels.streams.show(news);
  panels.sound.show(news);
  panels.links.show(news);
  panels.recordings.show(news.recording);
  panels.outputs.show(news.outputs);
  panels.files.show(news.files);
  panels.acts.show(news.acts);
  preview.show(news.streams);
  byId("clear-marks").hidden = !news.marks;
  byId("control-kept").hidden = !news.control_kept;
  if (isFirst) preview.start();
}

/** @param {string|null} words */
function trouble(words) {
  const line = byId("trouble");
  line.hidden = words === null;
  write(line, words ?? "");
}

/** Runs for as long as the page is open: in, until the host link holds no more; then the form, and in again. */
async function run() {
  await enter();
  for (;;) {
    const renewed = await lease.renew();
    keepsNoCookie = renewed.is === "in" && !renewed.keptCookie;
    api.forget();
    const out = new Promise((resolve) => (leaveDoor = () => resolve(undefined)));
    poll.start();
    await out;
    poll.stop();
    preview.close();
    // Let in all the same: by a link that does not give the host's powers.
    const isViewer = (await lease.renew()).is === "in";
    byId("lack").hidden = !isViewer;
    await (isViewer ? login.ask(null) : enter());
    byId("lack").hidden = true;
    // Without a form in between, the next news are not the first.
    if (root.dataset.state === "open") preview.start();
  }
}

byId("clear-marks").addEventListener("click", () => void deeds.post("api/ink/clear", {}));
byId("give-back").addEventListener("click", () => void deeds.post("api/control/give-back", {}));
lease.addEventListener("pass", () => preview.setPass(lease.pass));
lease.keep();
document.addEventListener("visibilitychange", () => void poll.now());
addEventListener("online", () => void poll.now());
addEventListener("hashchange", () => {
  const token = takeToken();
  if (token === null) return;
  if (root.dataset.state === "open") void lease.present({ token }).then(() => poll.now());
  else login.take(token);
});
byId("language").addEventListener("click", () => {
  const language = texts.language === "en" ? "zh" : "en";
  lasting.remember("language", language);
  texts.setLanguage(language);
});
texts.addEventListener("change", () => news && root.dataset.state === "open" && showNews(news));
root.dataset.started = "";
texts.setLanguage(texts.language);
// Tests and the console read the news and the picture here.
Object.assign(globalThis, { samescreenHost: { preview, news: () => news } });
void run();
