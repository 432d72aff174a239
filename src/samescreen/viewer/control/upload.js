// @ts-check
// Sends one file to the host: announced, then in slices, and after a break from where the host has it. Main thread. It draws nothing.
// A slice is as long as a third of a second takes, so that a slow uplink is never busy for long with a file while keys wait.

/** @typedef {"done"|"cancelled"|"refused"|"lost"} End */
/** @typedef {{status: number, fields: Record<string, any>, words: string}} Answer */

export const PATH = "api/files/in";
export const LEAST_SLICE = 32 * 1024;
export const MOST_SLICE = 4 * 1024 * 1024;
/** A proxy may take no longer body: nginx takes 1 MiB unless it is told otherwise. */
export const SHORT_SLICE = 512 * 1024;
const SLICE_MS = 300;
const PATIENCE_MS = 60_000;
export const TRIES = 8;
const LONGEST_WAIT_MS = 15_000;

/**
 * The length of the next slice.
 * @param {number} length  of the last one
 * @param {number} tookMs
 */
export function nextSlice(length, tookMs) {
  const fitting = (length * SLICE_MS) / Math.max(1, tookMs);
  // At most twice as long: one quick slice may have been luck.
  return Math.round(Math.min(MOST_SLICE, Math.max(LEAST_SLICE, Math.min(2 * length, fitting))));
}

export class Upload {
  #file;
  #onProgress;
  #stop = new AbortController();
  #slice = 256 * 1024;
  #mostSlice = MOST_SLICE;
  /** The host's id. */ #id = "";
  /** How much the host has. */ #offset = 0;
  /** What the host said when it refused. */ words = "";
  /** What the host calls the file, once it is whole. */ name = "";

  /**
   * @param {File} file
   * @param {(sent: number) => void} onProgress
   */
  constructor(file, onProgress) {
    this.#file = file;
    this.#onProgress = onProgress;
  }

  /** @returns {Promise<End>} */
  async run() {
    const begun = await this.#insist(() => this.#begin());
    if (begun !== "done") return begun;
    while (this.name === "") {
      const end = await this.#insist(() => this.#sendSlice());
      if (end !== "done") return end;
      this.#onProgress(this.#offset);
    }
    return "done";
  }

  /** Gives it up, here and on the host. */
  cancel() {
    this.#stop.abort();
    if (this.#id !== "" && this.name === "")
      void fetch(`${PATH}/end`, { method: "POST", body: JSON.stringify({ upload: this.#id }) }).catch(() => {});
  }

  /**
   * Tries again after a break.
   * @param {() => Promise<Answer|null>} attempt  null: no answer
   * @returns {Promise<End>}
   */
  async #insist(attempt) {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const answer = await attempt();
      if (this.#stop.signal.aborted) return "cancelled";
      if (answer && answer.status < 400) {
        this.#learn(answer.fields);
        return "done";
      }
      if (answer?.status === 413 && this.#slice > SHORT_SLICE) {
        this.#slice = this.#mostSlice = SHORT_SLICE;
        continue;
      }
      if (answer && answer.status < 500 && answer.status !== 408 && !("offset" in answer.fields)) {
        this.words = answer.words;
        return "refused";
      }
      if (answer?.status === 507) return (this.words = answer.words), "refused";
      await this.#pause(Math.min(LONGEST_WAIT_MS, 500 * 2 ** tries));
      if (this.#id !== "") await this.#askWhere();
    }
    return "lost";
  }

  #begin() {
    return this.#ask(PATH, { method: "POST", body: JSON.stringify({ name: this.#file.name, size: this.#file.size }) });
  }

  async #sendSlice() {
    const [from, startedMs] = [this.#offset, performance.now()];
    const body = this.#file.slice(from, from + this.#slice);
    const headers = { "upload-offset": String(from) };
    const answer = await this.#ask(this.#url, { method: "PATCH", body, headers });
    if (!answer) this.#slice = LEAST_SLICE;
    else if (answer.status < 300 && body.size === this.#slice)
      this.#slice = Math.min(this.#mostSlice, nextSlice(this.#slice, performance.now() - startedMs));
    return answer;
  }

  async #askWhere() {
    const answer = await this.#ask(this.#url, {});
    if (answer?.status === 200) this.#learn(answer.fields);
  }

  get #url() {
    return `${PATH}?name=${encodeURIComponent(this.#id)}`;
  }

  /** @param {Record<string, any>} fields */
  #learn({ upload, offset, name }) {
    this.#id = upload ?? this.#id;
    this.#offset = offset ?? this.#offset;
    this.name = name ?? this.name;
  }

  /**
   * @param {string} path
   * @param {RequestInit} request
   * @returns {Promise<Answer|null>} null: no answer
   */
  async #ask(path, request) {
    const late = setTimeout(() => over.abort(), PATIENCE_MS);
    const over = new AbortController();
    const stop = () => over.abort();
    this.#stop.signal.addEventListener("abort", stop);
    try {
      const response = await fetch(path, { ...request, signal: over.signal });
      const words = await response.text();
      return { status: response.status, words: words.trim(), fields: fieldsIn(words) };
    } catch {
      return null;
    } finally {
      clearTimeout(late);
      this.#stop.signal.removeEventListener("abort", stop);
    }
  }

  /** @param {number} ms */
  #pause(ms) {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#stop.signal.removeEventListener("abort", end);
        resolve(undefined);
      };
      const timer = setTimeout(end, ms);
      this.#stop.signal.addEventListener("abort", end);
    });
  }
}

/**
 * @param {string} text
 * @returns {Record<string, any>}
 */
function fieldsIn(text) {
  try {
    const fields = JSON.parse(text);
    return typeof fields === "object" && fields !== null ? fields : {};
  } catch {
    return {};
  }
}
