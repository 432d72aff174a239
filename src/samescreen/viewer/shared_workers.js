// @ts-check
// Workers that small pictures share: each picture has a place in one of them. Main thread. A worker starts with the first picture that
// needs it and ends a while after the last one has left.

import { startWorker } from "./loader.js";

/** So many small pictures share a worker: thirty WASM decoders in one stopped it in Chromium. */
const PLACES = 8;
/** With more pictures than these can hold, all of them take more. */
const MOST_WORKERS = 5;
/** A reader who looks at another view for a moment finds the workers running. */
const IDLE_MS = 20_000;

/** @typedef {{worker: Promise<Worker|null>, taken: number, timer: ReturnType<typeof setTimeout>|undefined}} Shared */
/** What `port` sends and gets is as of a worker. Whoever took the place calls `leave` once. @typedef {{port: MessagePort, leave: () => void}} Place */

export class SharedWorkers {
  #start;
  /** @type {Shared[]} */ #workers = [];

  /** @param {() => Promise<Worker|null>} [start]  null: no worker can be had */
  constructor(start = startWorker) {
    this.#start = start;
  }

  /** A place for one picture. Resolves to null where there can be no worker. @returns {Promise<Place|null>} */
  async take() {
    const shared = this.#roomiest();
    shared.taken += 1;
    clearTimeout(shared.timer);
    const worker = await shared.worker;
    if (!worker) {
      this.#leave(shared);
      return null;
    }
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ place: port2 }, [port2]);
    return { port: port1, leave: () => this.#leave(shared) };
  }

  /** The first worker that has a place, a new one, or the one with the fewest pictures. */
  #roomiest() {
    const free = this.#workers.find(({ taken }) => taken < PLACES);
    if (free) return free;
    if (this.#workers.length === MOST_WORKERS) return this.#workers.reduce((best, each) => (each.taken < best.taken ? each : best));
    /** @type {Shared} */
    const shared = { worker: this.#start(), taken: 0, timer: undefined };
    this.#workers.push(shared);
    return shared;
  }

  /** @param {Shared} shared */
  #leave(shared) {
    shared.taken -= 1;
    if (shared.taken > 0) return;
    shared.timer = setTimeout(() => {
      this.#workers.splice(this.#workers.indexOf(shared), 1);
      void shared.worker.then((worker) => worker?.terminate());
    }, IDLE_MS);
  }
}

/** Those of this page. */
export const sharedWorkers = new SharedWorkers();
