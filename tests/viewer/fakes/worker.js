// @ts-check
// Workers that a test speaks for. Importing this file makes node look like a browser with module workers and OffscreenCanvas.

export class FakeWorker {
  /** @type {FakeWorker[]} */ static made = [];
  /** @type {[any, any[]][]} messages and what was transferred with them */ posted = [];
  /** @type {((event: {data: any}) => void)|null} */ onmessage = null;
  /** @type {(() => void)|null} */ onerror = null;
  isTerminated = false;
  /** @param {URL} url @param {object} options */
  constructor(url, options) {
    Object.assign(this, { url, options });
    FakeWorker.made.push(this);
  }
  static get newest() {
    return /** @type {FakeWorker} */ (FakeWorker.made.at(-1));
  }
  /** @param {any} message @param {any[]} [transfer] */
  postMessage(message, transfer = []) {
    this.posted.push([message, transfer]);
  }
  /** @param {any} data */
  emit(data) {
    this.onmessage?.({ data });
  }
  /** The commands that came after the start. */
  get commands() {
    return this.posted.slice(1).map(([{ command, given }]) => [command, ...given]);
  }
  terminate() {
    this.isTerminated = true;
  }
}

Object.assign(globalThis, { Worker: FakeWorker, OffscreenCanvas: class {} });
