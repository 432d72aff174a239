// @ts-check
// The words for clipboards and files in English. Words only.

export const exchange = {
  "exchange.title": "Clipboard and files",
  "exchange.ask-clipboard-in": "Ask to paste into the host",
  "exchange.ask-clipboard-out": "Ask to copy from the host",
  "exchange.ask-files-in": "Ask to send files to the host",
  "exchange.ask-files-out": "Ask to fetch files from the host",
  "exchange.given": "The host said yes.",
  "exchange.ended": "A right that the host gave you has ended: drawing, the clipboard or files.",
  "exchange.off": "That cannot be given now.",

  "clip.text": "Copied on the host:",
  "clip.image": "Copied on the host: an image",
  "clip.copy": "Copy",
  "clip.copied": "The host's clipboard is in yours now.",
  "clip.image-by-hand": "Your browser copies images only through https. Copy this one by its menu (right click or long press).",
  "clip.host-too-large": "What was copied on the host is too large, or no text or image: it stays there.",
  "clip.sending": "Your clip is on its way to the host. Keys and clicks wait for it.",
  "clip.sent": "The host's clipboard has it now.",
  "clip.too-large": "Too large: the clipboard takes 1 MiB of text, or an image of 16 MiB; through a relay 1 MiB of either.",
  "clip.refused": "The host did not take it.",
  "clip.lost": "The host did not answer; try again.",
  "clip.close": "Close this line",
  "clip.field": "Text for the host's clipboard",
  "clip.send": "Send",
  "clip.how": "Ctrl+V over the picture sends text and images.",

  "files.choose": "Send files to the host",
  "files.drop": "Drop the files to send them to the host",
  "files.cancel": "Cancel",
  "files.done": "The host has it",
  "files.cancelled": "Cancelled",
  "files.refused": "The host did not take it",
  "files.lost": "The connection is gone; send it again",
  "files.offers": "Files from the host",
  "files.none": "The host offers no file now.",
};
