// @ts-check
// The words for fingers, the key bar and the locked mouse in Simplified Chinese. Words only; en_touch.js has all keys.

/** @type {Record<keyof typeof import("./en_touch.js").touch, string>} */
export const touch = {
  "keybar.title": "按键",
  "keybar.tools": "显示工具栏",
  "keybar.keyboard": "键盘",
  "keybar.trackpad": "像触控板一样移动指针",
  "keybar.esc": "Esc 键",
  "keybar.tab": "Tab 键",
  "keybar.ctrl": "Ctrl：用于下一个键；点两次则一直按住，再点一次松开",
  "keybar.alt": "Alt：用于下一个键；点两次则一直按住，再点一次松开",
  "keybar.shift": "Shift：用于下一个键；点两次则一直按住，再点一次松开",
  "keybar.meta": "Super：用于下一个键；点两次则一直按住，再点一次松开",
  "keybar.delete": "删除键",
  "keybar.home": "行首",
  "keybar.end": "行尾",
  "keybar.left": "向左",
  "keybar.up": "向上",
  "keybar.down": "向下",
  "keybar.right": "向右",

  "lock.mouse": "锁定鼠标（用于游戏）",
  "lock.unable": "此浏览器无法锁定鼠标，或者嵌入此页面的框架不允许。",
  "control.locked": "鼠标已锁定，按 Esc 释放。",
};
