// @ts-check
// What the host knows of people, links and acts, in words. Pure; `texts` has the words.

/** @typedef {import("./words.js").HostTexts} HostTexts */
/** @typedef {import("./words.js").HostKey} HostKey */
/** @typedef {{fps: number, latency_us: number}} Report */
/** @typedef {{viewer: string, rendition: string|null, hidden: boolean, limit: string, rtt_us: number|null, report: Report}} Watching */
/** @typedef {{person: string, name: string, link: string, link_name: string, address: string, grants: string[], hand_since_us: number|null, viewers: Watching[]}} Person */
/** @typedef {{person: string, link: string, link_name: string, address: string}} Newcomer */
/** @typedef {{line: number, person: string, text: string, name: string, address: string}} Line */
/** @typedef {{link: string, name: string, grants: string[], may_ask: string[], expires_s: number|null, uses_left: number|null}} Link */
/** @typedef {{act: number, at_s: number, actor: string, kind: string, about: Record<string, string>}} Act */
/** @typedef {{name: string, size_bytes: number, modified_s: number, seconds: number|null, is_growing: boolean}} File  of a recording */
/** @typedef {{fps: number|null, max_bitrate_bps: number|null, quality: number|null}} Limit */
/** @typedef {{stream: string, name: string, state: string, reason: string, detail: string, viewers: number, captured_fps: number, bitrate_bps: number, encoder: string, has_sound: boolean, most_fps: number|null, most_bps: number|null, limit: Limit, forward: boolean, kept: boolean}} Shared  forward: everybody is to watch it; kept: only the host sees it */

/** Nothing comes from the person who shares: another link to the same machine has another name. */
const OWN = new Map([
  ["viewer link", "link.viewer"],
  ["host link", "link.host"],
  ["publish link", "link.publish"],
  ["show me your screen", "link.show"],
  ["relay", "link.relay"],
]);

/**
 * @param {HostTexts} texts
 * @param {string} name  of a link; those that the program makes are translated
 */
export function linkName(texts, name) {
  const key = OWN.get(name);
  return key ? texts.of(/** @type {HostKey} */ (key)) : name || texts.of("link.unnamed");
}

/**
 * @param {HostTexts} texts
 * @param {{name: string, address: string}} person
 */
export function called(texts, person) {
  return person.name || person.address || texts.of("people.gone");
}

/**
 * How one picture goes at this person's, in one line.
 * @param {HostTexts} texts
 * @param {Watching} watching
 */
export function pictureWords(texts, watching) {
  if (watching.hidden) return texts.of("slowed.hidden");
  const { fps, latency_us: latencyUs } = watching.report;
  const parts = [
    fps >= 0.5 ? texts.of("people.fps", Math.round(fps)) : texts.of("people.rest"),
    latencyUs > 0 ? texts.of("people.delay", Math.round(latencyUs / 1000)) : null,
    renditionWords(texts, watching.rendition),
    watching.limit === "none" ? null : limitWords(texts, watching.limit),
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

/**
 * @param {HostTexts} texts
 * @param {string|null} rendition
 */
function renditionWords(texts, rendition) {
  const known = ["main", "low", "jpeg"];
  return rendition !== null && known.includes(rendition) ? texts.of(/** @type {HostKey} */ (`picture.${rendition}`)) : null;
}

/**
 * @param {HostTexts} texts
 * @param {string} limit
 */
function limitWords(texts, limit) {
  const known = ["hidden", "stalled", "network", "decoder", "encoder", "host", "preference"];
  return known.includes(limit) ? texts.of(/** @type {HostKey} */ (`slowed.${limit}`)) : limit;
}

/**
 * @param {HostTexts} texts
 * @param {Link} link
 * @param {string[]} askable  what this host can be asked for
 * @param {number} nowMs
 */
export function linkWords(texts, link, askable, nowMs) {
  const mayAsk = link.may_ask.filter((grant) => askable.includes(grant) && !link.grants.includes(grant));
  const parts = [
    grantsWords(texts, link.grants),
    mayAsk.length > 0 ? texts.of("links.may-ask", grantsWords(texts, mayAsk)) : null,
    link.expires_s === null ? null : texts.of("links.until", timeWords(texts, link.expires_s, nowMs)),
    link.uses_left === null ? null : link.uses_left === 0 ? texts.of("links.used-up") : texts.counted("links.uses-left", link.uses_left),
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

export const GRANTS = ["watch", "point", "control", "clipboard-in", "clipboard-out", "files-in", "files-out", "talk", "publish"];

/**
 * @param {HostTexts} texts
 * @param {string} grant
 */
export function grantWords(texts, grant) {
  return [...GRANTS, "host"].includes(grant) ? texts.of(/** @type {HostKey} */ (`grant.${grant}`)) : grant;
}

/**
 * @param {HostTexts} texts
 * @param {string[]} grants
 */
export function grantsWords(texts, grants) {
  return grants.map((grant) => grantWords(texts, grant)).join(texts.language === "zh" ? "、" : ", ");
}

const DAY_MS = 86_400_000;

/**
 * A moment as people write it here: the time, with the day when it is not today.
 * @param {HostTexts} texts
 * @param {number} atS  seconds since 1970
 * @param {number} nowMs
 */
export function timeWords(texts, atS, nowMs) {
  const isNear = Math.abs(atS * 1000 - nowMs) < DAY_MS / 2;
  /** @type {Intl.DateTimeFormatOptions} */
  const format = isNear ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(texts.language === "zh" ? "zh-CN" : "en", format).format(atS * 1000);
}

/** In the order in which they are tried: what an act was done to. */
const ABOUT = ["name", "address", "source", "stream", "link"];

/**
 * @param {HostTexts} texts
 * @param {Act} act
 */
export function actWords(texts, act) {
  const key = /** @type {HostKey} */ (`act.${act.kind}`);
  const about = ABOUT.map((part) => act.about[part]).find((part) => part) ?? "";
  if (!texts.has(key)) return [act.kind, about].filter(Boolean).join(" ");
  const { grants } = ["give", "refuse"].includes(act.kind) ? act.about : { grants: "" };
  return grants ? texts.of("acts.asked", { act: texts.of(key, about), grants: grantsWords(texts, grants.split(" ")) }) : texts.of(key, about);
}

/**
 * @param {HostTexts} texts
 * @param {string} actor
 */
export function actorWords(texts, actor) {
  const key = /** @type {HostKey} */ (`actor.${actor}`);
  return texts.has(key) ? texts.of(key) : actor;
}

/**
 * How a stream is, in one line.
 * @param {HostTexts} texts
 * @param {Shared} shared
 */
export function streamWords(texts, shared) {
  if (shared.state !== "live") return texts.has(/** @type {HostKey} */ (`state.${shared.reason}`)) ? texts.of(/** @type {HostKey} */ (`state.${shared.reason}`)) : shared.detail;
  const parts = [
    texts.counted("streams.viewers", shared.viewers),
    shared.captured_fps > 0 ? texts.of("people.fps", shared.captured_fps) : null,
    shared.bitrate_bps > 0 ? rateWords(shared.bitrate_bps) : null,
    shared.encoder || null,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

/**
 * Why the preview shows no picture.
 * @param {HostTexts} texts
 * @param {string} reason  of the viewer's state; "paused" there is a tab that nobody sees
 */
export function noPictureWords(texts, reason) {
  const key = /** @type {HostKey} */ (`state.${reason === "host-paused" ? "paused" : reason}`);
  return texts.has(key) ? texts.of(key) : texts.of("preview.lost");
}

/** @param {number} bps */
export function rateWords(bps) {
  return bps >= 1e6 ? `${(bps / 1e6).toFixed(1)} Mbit/s` : `${Math.round(bps / 1000)} kbit/s`;
}

/**
 * The address that this link is handed out with. A page that was opened on the machine itself would hand out "localhost".
 * @param {string} page  as location.href
 * @param {string[]} urls  of the host, the best first; none where the host does not know its address
 */
export function baseFor(page, urls) {
  const here = new URL(".", page);
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(here.hostname);
  const shared = isLocal ? urls.find((url) => !["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname)) : undefined;
  return shared ?? here.href;
}

/** @param {number} seconds  as a player shows it: 1:02:03 */
export function spanWords(seconds) {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/**
 * @param {HostTexts} texts
 * @param {number} bytes
 */
export function sizeWords(texts, bytes) {
  const [value, unit] = bytes >= 1e9 ? [bytes / 1e9, "GB"] : bytes >= 1e6 ? [bytes / 1e6, "MB"] : [bytes / 1e3, "kB"];
  return `${new Intl.NumberFormat(texts.language === "zh" ? "zh-CN" : "en", { maximumFractionDigits: 1 }).format(value)} ${unit}`;
}

/**
 * @param {HostTexts} texts
 * @param {File} file
 * @param {number} nowMs
 */
export function fileWords(texts, file, nowMs) {
  // The list is not read anew while a file grows: how long and large it is stands above the list.
  if (file.is_growing) return texts.of("record.growing");
  const span = file.seconds === null ? [] : [spanWords(file.seconds)];
  return [timeWords(texts, file.modified_s, nowMs), ...span, sizeWords(texts, file.size_bytes)].join(" · ");
}
