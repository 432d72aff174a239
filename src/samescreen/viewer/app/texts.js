// @ts-check
// Every word of the page, in English and Simplified Chinese, and the one place that puts words into elements. Main thread.
// textContent and attributes only, never HTML. Words for what keeps the picture away are in troubles.js.

import * as troubles from "./troubles.js";

/** @typedef {import("./language.js").Language} Language */

const en = {
  ...troubles.en,
  "app.name": "Samescreen",
  "screen.label": "Shared screen",

  "connecting.title": "Connecting",
  "connecting.text": "Reaching the computer that shares its screen.",
  "waiting.title": "Waiting for the screen",
  "waiting.text": "Connected. The first picture is on its way.",
  "nothing-shared.title": "Nothing is shared now",
  "nothing-shared.text": "Connected. The picture appears as soon as the host shares something.",
  "no-picture.title": "No picture yet",
  "no-picture.text": "Connected. The program that shares has not shown anything so far.",
  "paused.title": "This tab was paused",
  "paused.text": "Nothing is sent to a hidden tab. The picture is coming back.",
  "lost.title": "The picture went away",
  "lost.text": "The host is still there and opens it again as soon as it can.",
  "stopped.title": "The host stopped sharing",
  "stopped.text": "You can leave this page open: if sharing starts again, the picture comes back by itself.",
  "reconnecting.title": "Connection lost",
  "reconnecting.text": "Trying to get it back.",
  "lobby.title": "Waiting for the host",
  "lobby.text": "The host lets people in one by one, and has been asked about you. The picture starts by itself.",
  "host-paused.title": "The host has paused",
  "host-paused.text": "Nothing is sent for the moment. The picture goes on by itself.",
  "blanked.title": "The host has hidden the screen",
  "blanked.text": "The picture comes back as soon as the host shows it again.",
  "stuck.title": "The connection is stuck",
  "stuck.text": "Nothing has come through for some seconds. The picture goes on by itself.",

  "retry.in": "Next try in {n} s",
  "retry.trying": "Trying…",
  "retry.now": "Try now",
  "retry.reload": "Reload",

  "login.title": "Enter the PIN",
  "login.text": "Six digits, shown on the computer that shares its screen. You can also paste the whole link.",
  "login.label": "PIN or link",
  "login.submit": "Watch",
  "login.wrong": "That PIN is not right.",
  "login.link-wrong": "This link is not valid any more. Ask for a new one, or enter the PIN.",
  "login.wait": "Too many tries. Wait {n} s.",
  "login.unreachable": "The host does not answer. Try again.",
  "login.empty": "The PIN has six digits.",

  "badge.fps": "{n} fps",
  "badge.idle": "idle",
  "badge.label": "Frame rate and details",
  "recording.on": "Recording",
  "details.title": "Details",
  "details.fps": "Pictures",
  "details.latency": "Latency",
  "details.decoder": "Decoder",
  "details.paint": "Colours",
  "details.decode": "Decode time",
  "details.size": "Picture size",
  "details.bitrate": "Bitrate",
  "details.rtt": "Round trip",
  "details.dropped": "Dropped",
  "details.viewers": "Viewers",
  "details.capture": "Capture",
  "details.encoder": "Encoder",
  "details.rendition": "Stream",
  "rendition.main": "main",
  "rendition.low": "low (half size)",
  "rendition.jpeg": "stills",
  "details.in-flight": "On the way",
  "details.queue": "Waiting on the way",
  "details.gated": "Time without new pictures",
  "details.limit": "Limited by",
  "limit.none": "nothing",
  "limit.hidden": "hidden tab",
  "limit.stalled": "a connection that is stuck",
  "limit.network": "the network",
  "limit.decoder": "this browser's decoder",
  "limit.encoder": "the host's encoder",
  "limit.host": "the host's CPU",
  "details.host": "Host",
  "details.host-fps": "Captured / encoded",

  "secure.offer": "Secure link (https)",
  "secure.gain": "Encrypted, and this browser can use its own decoder.",
  "secure.trust": "Your browser will warn: here is why",
  "secure.close": "Do not offer this again",

  "sound.on": "Turn on the sound",
  "sound.lost": "The host's sound is gone; the picture goes on",
  "sound.failed": "The host has no sound to send; the picture goes on",
  "sound.blocked": "This browser did not start the sound. Try again",
  "sound.paused": "The browser paused the sound. Go on",
  "sound.mute": "Sound off (m)",
  "sound.unmute": "Sound on (m)",
  "sound.volume": "Volume",

  "path.webcodecs": "WebCodecs",
  "path.wasm": "WASM",
  "path.jpeg": "JPEG",
  "paint.webgl": "WebGL",
  "paint.cpu": "CPU",
  "paint.lost": "CPU, since WebGL failed",

  "tool.bar": "View",
  "tool.fit": "Fit to window (0)",
  "tool.actual": "Actual size, 1:1 (1)",
  "tool.fullscreen": "Full screen (f)",
  "tool.window": "Leave full screen (f)",
  "tool.language": "切换到中文",
  "tool.language-name": "中文",
  "tool.decoder": "Decoder",
  "tool.auto": "Auto",

  "streams.all": "What is shared",
  "streams.beside": "Show beside the picture",
  "streams.small": "Another stream, small",
  "streams.swap": "Swap with the large picture",
  "streams.close": "Close the small picture",
};

/** @typedef {keyof typeof en} TextKey */

/** @type {Record<TextKey, string>} */
const zh = {
  ...troubles.zh,
  "app.name": "同屏",
  "screen.label": "共享的屏幕",

  "connecting.title": "正在连接",
  "connecting.text": "正在连接共享屏幕的电脑。",
  "waiting.title": "等待画面",
  "waiting.text": "已连接，第一帧画面马上就到。",
  "nothing-shared.title": "现在没有共享的内容",
  "nothing-shared.text": "已连接。一有内容共享，画面就会出现。",
  "no-picture.title": "还没有画面",
  "no-picture.text": "已连接。共享程序还没有显示任何内容。",
  "paused.title": "此标签页曾被暂停",
  "paused.text": "标签页隐藏时不会接收画面，正在恢复。",
  "lost.title": "画面已断开",
  "lost.text": "主机仍在线，画面恢复后会自动继续。",
  "stopped.title": "主机已停止共享",
  "stopped.text": "可以不关闭此页面：重新开始共享后，画面会自动恢复。",
  "reconnecting.title": "连接已断开",
  "reconnecting.text": "正在尝试恢复连接。",
  "lobby.title": "正在等待主机同意",
  "lobby.text": "主机会逐个允许观看者进入，并已收到您的请求。同意后画面会自动开始。",
  "host-paused.title": "主机已暂停共享",
  "host-paused.text": "暂时不发送任何内容，恢复后画面会自动继续。",
  "blanked.title": "主机已隐藏画面",
  "blanked.text": "主机恢复显示后，画面会自动回来。",
  "stuck.title": "连接卡住了",
  "stuck.text": "已有几秒没有收到任何数据，恢复后画面会自动继续。",

  "retry.in": "{n} 秒后重试",
  "retry.trying": "正在重试…",
  "retry.now": "立即重试",
  "retry.reload": "刷新页面",

  "login.title": "输入 PIN 码",
  "login.text": "共享屏幕的电脑上显示的六位数字。也可以直接粘贴完整链接。",
  "login.label": "PIN 码或链接",
  "login.submit": "观看",
  "login.wrong": "PIN 码不正确。",
  "login.link-wrong": "此链接已失效。请索取新链接，或输入 PIN 码。",
  "login.wait": "尝试次数过多，请等待 {n} 秒。",
  "login.unreachable": "主机没有响应，请重试。",
  "login.empty": "PIN 码为六位数字。",

  "badge.fps": "{n} 帧/秒",
  "badge.idle": "静止",
  "badge.label": "帧率与详细信息",
  "recording.on": "正在录制",
  "details.title": "详细信息",
  "details.fps": "画面",
  "details.latency": "延迟",
  "details.decoder": "解码方式",
  "details.paint": "颜色转换",
  "details.decode": "解码耗时",
  "details.size": "画面尺寸",
  "details.bitrate": "码率",
  "details.rtt": "往返时间",
  "details.dropped": "丢弃",
  "details.viewers": "观看人数",
  "details.capture": "采集",
  "details.encoder": "编码器",
  "details.rendition": "画面流",
  "rendition.main": "主画面",
  "rendition.low": "低速画面（一半大小）",
  "rendition.jpeg": "静态图片",
  "details.in-flight": "传输中",
  "details.queue": "途中排队",
  "details.gated": "没有新画面的时间",
  "details.limit": "受限于",
  "limit.none": "无",
  "limit.hidden": "标签页在后台",
  "limit.stalled": "连接卡住",
  "limit.network": "网络",
  "limit.decoder": "此浏览器的解码",
  "limit.encoder": "主机的编码器",
  "limit.host": "主机的 CPU",
  "details.host": "主机",
  "details.host-fps": "采集 / 编码",

  "secure.offer": "安全链接（https）",
  "secure.gain": "加密传输，并可使用浏览器自带的解码器。",
  "secure.trust": "浏览器会给出警告：原因在此",
  "secure.close": "不再提示",

  "sound.on": "打开声音",
  "sound.lost": "主机的声音已中断，画面继续",
  "sound.failed": "主机没有可发送的声音，画面继续",
  "sound.blocked": "浏览器没有播放声音，点此重试",
  "sound.paused": "浏览器暂停了声音，点此继续",
  "sound.mute": "关闭声音 (m)",
  "sound.unmute": "打开声音 (m)",
  "sound.volume": "音量",

  "path.webcodecs": "WebCodecs",
  "path.wasm": "WASM",
  "path.jpeg": "JPEG",
  "paint.webgl": "WebGL",
  "paint.cpu": "CPU",
  "paint.lost": "CPU（WebGL 已失效）",

  "tool.bar": "视图",
  "tool.fit": "适应窗口 (0)",
  "tool.actual": "实际大小 1:1 (1)",
  "tool.fullscreen": "全屏 (f)",
  "tool.window": "退出全屏 (f)",
  "tool.language": "Switch to English",
  "tool.language-name": "English",
  "tool.decoder": "解码方式",
  "tool.auto": "自动",

  "streams.all": "共享的内容",
  "streams.beside": "在一旁小窗显示",
  "streams.small": "另一路画面，小窗",
  "streams.swap": "与大画面互换",
  "streams.close": "关闭小窗",
};

/** @type {Record<Language, Record<TextKey, string>>} */
export const TEXTS = { en, zh };

/** Words of one language, and what must change when the language does. */
export class Texts extends EventTarget {
  /** @type {Language} */ #language;

  /** @param {Language} language */
  constructor(language) {
    super();
    this.#language = language;
  }

  get language() {
    return this.#language;
  }

  /** @param {Language} language */
  setLanguage(language) {
    this.#language = language;
    document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
    for (const element of document.querySelectorAll("[data-text]")) element.textContent = this.of(keyOf(element, "text"));
    for (const element of document.querySelectorAll("[data-label]")) this.label(element, keyOf(element, "label"));
    this.dispatchEvent(new Event("change"));
  }

  /**
   * @param {TextKey} key
   * @param {number} [n]  for {n}
   */
  of(key, n) {
    const text = TEXTS[this.#language][key];
    return n === undefined ? text : text.replace("{n}", String(n));
  }

  /** @param {string[]} parts  whole sentences, or titles without a full stop */
  sentences(...parts) {
    const [stop, gap] = this.#language === "zh" ? ["。", ""] : [".", " "];
    return parts.map((part) => (/[.。?？!！:：…]$/u.test(part) ? part : part + stop)).join(gap);
  }

  /**
   * A name for what shows only a picture.
   * @param {Element} element
   * @param {TextKey} key
   */
  label(element, key) {
    element.setAttribute("aria-label", this.of(key));
    if (element.hasAttribute("title")) element.setAttribute("title", this.of(key));
  }
}

/**
 * @param {Element} element
 * @param {"text"|"label"} name
 */
function keyOf(element, name) {
  return /** @type {TextKey} */ (element.getAttribute(`data-${name}`));
}
