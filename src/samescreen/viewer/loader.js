// @ts-check
// Starts a worker, perhaps long before the viewer takes it: it loads its own modules while the page loads the rest, and does nothing before
// the viewer gives it something to paint on. Main thread.

// A worker that has not loaded by then never will (blocked, or no module workers).
const PATIENCE_MS = 4_000;

/** @type {Promise<Worker|null>|null} for the first viewer, until it is taken */
let early = null;

/**
 * Starts the worker of the page's first viewer.
 * @param {Promise<unknown>} [after]  what is more urgent on a slow link; default: nothing
 */
export function startEarly(after) {
  early = after === undefined ? startWorker() : after.then(startWorker, startWorker);
}

/** A worker that has loaded its modules; resolves to null where there can be none. */
export function loadWorker() {
  const worker = early ?? startWorker();
  early = null;
  return worker;
}

/** A worker that has loaded its modules; null: there can be none. @returns {Promise<Worker|null>} */
export function startWorker() {
  return canUseWorker() ? newWorker().catch(() => null) : Promise.resolve(null);
}

function canUseWorker() {
  return "Worker" in globalThis && "OffscreenCanvas" in globalThis && "transferControlToOffscreen" in HTMLCanvasElement.prototype;
}

/** @returns {Promise<Worker|null>} null: no module workers here */
function newWorker() {
  return new Promise((resolve) => {
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module", name: "samescreen" });
    const giveUp = () => {
      clearTimeout(timer);
      worker.terminate();
      resolve(null);
    };
    const timer = setTimeout(giveUp, PATIENCE_MS);
    worker.onerror = giveUp;
    worker.onmessage = () => {
      clearTimeout(timer);
      worker.onerror = null; // an error in one message is none of the worker's
      resolve(worker);
    };
  });
}
