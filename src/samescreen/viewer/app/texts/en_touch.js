// @ts-check
// The words for fingers, the key bar and the locked mouse in English. Words only.

export const touch = {
  "keybar.title": "Keys",
  "keybar.tools": "Show the bar",
  "keybar.keyboard": "Keyboard",
  "keybar.trackpad": "Move the pointer as on a trackpad",
  "keybar.esc": "Escape",
  "keybar.tab": "Tab",
  "keybar.ctrl": "Control, for the next key; twice: until the next tap",
  "keybar.alt": "Alt, for the next key; twice: until the next tap",
  "keybar.shift": "Shift, for the next key; twice: until the next tap",
  "keybar.meta": "Super, for the next key; twice: until the next tap",
  "keybar.delete": "Delete",
  "keybar.home": "Home",
  "keybar.end": "End",
  "keybar.left": "Left",
  "keybar.up": "Up",
  "keybar.down": "Down",
  "keybar.right": "Right",

  "lock.mouse": "Lock the mouse in, for games",
  "lock.unable": "This browser cannot lock the mouse in, or a frame around this page does not allow it.",
  "control.locked": "The mouse is locked in. Esc frees it.",
};
