// @ts-check
// The contract between the page and the receiver: every command the page gives, every event the receiver reports. Either thread.
// Declared here and nowhere else: both ends take names and types from these two tables. A new command is an entry here, a method of
// the receiver with that name, and a call in the viewer. A new event is an entry here, an `emit` and a listener.
//
// Each entry is a function from the arguments to what postMessage transfers; it copies everything else.

/** @typedef {import("./wire.js").Path} Path */
/** @typedef {import("./wire.js").Stream} Stream */
/** @typedef {import("./wire.js").Quality} Quality */

/**
 * @typedef {object} ReceiverOptions
 * @property {string} url  ws: or wss:
 * @property {Path|null} decoder  this path and no other
 * @property {import("./video/planes.js").Paint|null} paint  how to convert colours where the page does it; null: the best way here
 * @property {string|null} remembered  key of the decoder that worked last time
 * @property {boolean} hidden
 * @property {string} stream  "" = the host's first
 * @property {string} visit  of another viewer's welcome, or "": the host counts all of a page as one
 * @property {Quality} [quality]  which renditions this viewer prefers; default: "auto"
 * @property {boolean} [drawsCursor]  the page draws the host's cursor from `shape` and `cursor` events
 * @property {string|null} [seal]  the key of the link: only what was sealed with it is shown
 * @property {boolean} [picturesOnly]  the host sends this viewer no news: another viewer of the page gets them
 * @property {boolean} [skipsSketches]  the page shows a whole picture already: no sketch is painted before another one
 * @property {string|null} pass  of a login: lets the WebSocket in where the browser keeps no cookie
 */

/** Copies everything. @returns {Transferable[]} */
const copied = () => [];

/** The page's end calls, the receiver's end has a method of each name. */
export const COMMANDS = Object.freeze({
  /** The tab was hidden, or is shown again. @type {(hidden: boolean) => Transferable[]} */
  setHidden: copied,
  /** A connection may be possible again: the receiver connects now instead of at the end of its wait. @type {() => Transferable[]} */
  retry: copied,
  /** null: the receiver chooses. @type {(decoder: Path|null) => Transferable[]} */
  setDecoder: copied,
  /** Which renditions this viewer prefers from now on. @type {(quality: Quality) => Transferable[]} */
  setQuality: copied,
  /** Watch this stream instead. @type {(stream: string) => Transferable[]} */
  setStream: copied,
  /** For the next connection. @type {(pass: string|null) => Transferable[]} */
  setPass: copied,
  /** The codec in which the host is to send its sound; null: no sound. @type {(codec: "opus"|"pcm"|null) => Transferable[]} */
  listen: copied,
  /** Whether to report with `activity` where something small changed. @type {(isFollowed: boolean) => Transferable[]} */
  setFollowed: copied,
  /** What this person wants to be called; "": nothing. @type {(name: string) => Transferable[]} */
  setName: copied,
  /** Raises this person's hand, or takes it down. @type {(up: boolean) => Transferable[]} */
  setHand: copied,
  /** Writes the host one line of 1 to 300 characters. `took` of the next `you` event counts it if the host was shown it.
   * @type {(text: string) => Transferable[]} */
  writeLine: copied,
  /** Ask the host for grants, by name. @type {(grants: string[]) => Transferable[]} */
  ask: copied,
  /** A press that the page sent at `atMs` (wall clock) was carried out at `hostUs`: measure when a picture of it is painted.
   * @type {(press: {atMs: number, hostUs: number}) => Transferable[]} */
  timeResponse: copied,
  /** Sends the host a message that the receiver has no part in. @type {(message: import("./wire.js").Draw|import("./wire.js").Erase|import("./wire.js").ShowAnswer) => Transferable[]} */
  say: copied,
  /** The last command. @type {() => Transferable[]} */
  close: copied,
});

/** What the receiver reports. The viewer dispatches each as an event of its own, except `sound`, which it plays. */
export const EVENTS = Object.freeze({
  /** @type {(shown: import("./state.js").Shown) => Transferable[]} */
  state: copied,
  /** Once a second. @type {(totals: import("./stats.js").Totals) => Transferable[]} */
  stats: copied,
  /** Of the picture, in pixels. @type {(size: {width: number, height: number}) => Transferable[]} */
  size: copied,
  /** Four times a second at most, while followed: where something small changed, in shares of the picture.
   * @type {(place: {x: number, y: number}) => Transferable[]} */
  activity: copied,
  /** How a cursor looks that `cursor` will name. @type {(shape: import("./wire.js").Shape) => Transferable[]} */
  shape: copied,
  /** Where to draw the host's cursor: at that pixel of the picture. @type {(drawn: import("./cursor.js").Drawn) => Transferable[]} */
  cursor: copied,
  /** How video is decoded. `key` is what `remembered` takes. @type {(path: {path: Path, key: string, codec: string}) => Transferable[]} */
  path: copied,
  /** Once, by the wall clock. @type {(first: {atMs: number}) => Transferable[]} */
  firstpaint: copied,
  /** `visit` is a secret: the viewer keeps it to itself. @type {(welcome: {host: string, viewer: string, visit: string}) => Transferable[]} */
  welcome: copied,
  /** All streams of the host, and the one that is shown. @type {(list: {streams: Stream[], watching: string}) => Transferable[]} */
  streams: copied,
  /** What is shown now may be seen later, or not any more. @type {(recording: {on: boolean}) => Transferable[]} */
  recording: copied,
  /** What became of the host's sound. @type {(audio: import("./wire.js").Audio) => Transferable[]} */
  audio: copied,
  /** What this person may do, and what they may ask for. @type {(news: {grants: string[], may_ask?: string[]}) => Transferable[]} */
  grants: copied,
  /** How it stands with what this person asked for. @type {(answer: {grants: string[], state: string}) => Transferable[]} */
  asked: copied,
  /** A program on the host copied something that this person may have. @type {(news: import("./wire.js").Clipboard) => Transferable[]} */
  clipboard: copied,
  /** What people drew over the picture. @type {(ink: import("./wire.js").Ink) => Transferable[]} */
  ink: copied,
  /** Who draws, and which strokes stay. @type {(marks: import("./wire.js").Marks) => Transferable[]} */
  marks: copied,
  /** Who speaks. @type {(voices: import("./wire.js").Voices) => Transferable[]} */
  voices: copied,
  /** The host asks this person to show something, or the question is over. @type {(request: import("./wire.js").ShowRequest) => Transferable[]} */
  showrequest: copied,
  /** Who takes part, and what the host shows to everybody. @type {(roster: import("./wire.js").Roster) => Transferable[]} */
  roster: copied,
  /** Who uses mouse and keyboard. @type {(acting: {on: boolean, by: string, program: boolean}) => Transferable[]} */
  acting: copied,
  /** A packet of sound. The payload fills its buffer, which the receiver needs no more.
   * @type {(packet: import("./sound/sound.js").SoundPacket) => Transferable[]} */
  sound: ({ payload }) => [/** @type {ArrayBuffer} */ (payload.buffer)],
  /** How the host sees this person: after each connection, and after each change. @type {(you: import("./wire.js").You) => Transferable[]} */
  you: copied,
  /** The host wrote a line to everybody, or to this person alone. @type {(line: import("./wire.js").FromHost) => Transferable[]} */
  fromhost: copied,
  /** The WebSocket did not open and the host gave no reason, or the page's cookie and pass are no longer valid: the page may have to log in. @type {(nothing: {}) => Transferable[]} */
  refused: copied,
  /** The receiver has given up for good. @type {(end: {reason: "version"}) => Transferable[]} */
  ended: copied,
});

/** @typedef {keyof typeof COMMANDS} CommandName */
/** @typedef {keyof typeof EVENTS} EventName */
/** @typedef {{[Name in CommandName]: (...given: Parameters<(typeof COMMANDS)[Name]>) => void}} Commands  what a receiver can do */
/** @typedef {{[Name in EventName]: Parameters<(typeof EVENTS)[Name]>[0]}} Events  the detail of each event */
/** @typedef {<Name extends EventName>(name: Name, detail: Events[Name]) => void} Emit */

/** @typedef {{surface: MessagePort|OffscreenCanvas, options: ReceiverOptions}} Start  the first message to a worker; no command precedes it */
/** @typedef {{[Name in CommandName]: {command: Name, given: Parameters<(typeof COMMANDS)[Name]>}}[CommandName]} CommandMessage */
/** @typedef {{[Name in EventName]: {event: Name, detail: Events[Name]}}[EventName]} EventMessage */

/**
 * The page's end: commands that cross to the receiver's thread.
 * @param {(message: CommandMessage, transfer: Transferable[]) => void} post
 * @returns {Commands}
 */
export function commandsBy(post) {
  const names = /** @type {CommandName[]} */ (Object.keys(COMMANDS));
  const senders = names.map((command) => [
    command,
    (/** @type {any} */ ...given) => post({ command, given }, /** @type {(...given: any) => Transferable[]} */ (COMMANDS[command])(...given)),
  ]);
  return Object.fromEntries(senders);
}

/**
 * The receiver's end: carries a command out.
 * @param {Commands} receiver
 * @param {CommandMessage} message
 */
export function carryOut(receiver, { command, given }) {
  const commands = /** @type {Record<string, (...given: unknown[]) => void>} */ (/** @type {unknown} */ (receiver));
  commands[command](...given);
}

/**
 * The receiver's end: events that cross to the page's thread.
 * @param {(message: EventMessage, transfer: Transferable[]) => void} post
 * @returns {Emit}
 */
export function eventsBy(post) {
  return (event, detail) =>
    post(/** @type {EventMessage} */ ({ event, detail }), /** @type {(detail: any) => Transferable[]} */ (EVENTS[event])(detail));
}
