// @ts-check
// The words for clipboards and files in Simplified Chinese, by the keys of en_exchange.js. Words only.

/** @type {Record<Exclude<keyof typeof import("./en_exchange.js").exchange, `${string}.one`>, string>} */
export const exchange = {
  "exchange.title": "剪贴板和文件",
  "exchange.ask-clipboard-in": "请求粘贴到主机",
  "exchange.ask-clipboard-out": "请求复制主机的内容",
  "exchange.ask-files-in": "请求向主机发送文件",
  "exchange.ask-files-out": "请求获取主机的文件",
  "exchange.given": "主机同意了。",
  "exchange.ended": "主机给您的一项权限已结束：绘画、剪贴板或文件。",
  "exchange.off": "现在无法提供。",

  "clip.text": "主机上复制了：",
  "clip.image": "主机上复制了一张图片",
  "clip.copy": "复制",
  "clip.copied": "主机剪贴板的内容已复制到您的剪贴板。",
  "clip.image-by-hand": "浏览器只在 https 下才能复制图片。请用右键或长按菜单复制。",
  "clip.host-too-large": "主机上复制的内容太大，或者不是文本和图片，因此留在主机上。",
  "clip.sending": "剪贴板内容正在发往主机，送达之前按键和点击会等待。",
  "clip.sent": "已放入主机的剪贴板。",
  "clip.too-large": "太大：剪贴板最多接受 1 MiB 文本或 16 MiB 图片；经过中继时都是 1 MiB。",
  "clip.refused": "主机没有接受。",
  "clip.lost": "主机没有响应，请重试。",
  "clip.close": "关闭此行",
  "clip.field": "放入主机剪贴板的文本",
  "clip.send": "发送",
  "clip.how": "在画面上按 Ctrl+V 可发送文本和图片。",

  "files.choose": "向主机发送文件",
  "files.drop": "松开即可把文件发送到主机",
  "files.cancel": "取消",
  "files.done": "主机已收到",
  "files.cancelled": "已取消",
  "files.refused": "主机没有接受",
  "files.lost": "连接已断开，请重新发送",
  "files.offers": "主机提供的文件",
  "files.none": "主机现在没有提供文件。",
};
