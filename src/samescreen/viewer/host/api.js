// @ts-check
// The host's routes, as requests with one answer each. Main thread. It shows nothing and retries nothing.

/** @typedef {{is: "ok", value: any}|{is: "same"}|{is: "out", isStranger: boolean}|{is: "refused", words: string}|{is: "silent"}} Answer */

const PATIENCE_MS = 20_000; // a source that is slow to open has 15 s

export class Api {
  /** @type {string|null} */ #etag = null;
  #bearer;
  #fetch;

  /**
   * @param {() => string|null} bearer  the link's token, where the browser keeps no cookie; otherwise null
   * @param {typeof globalThis.fetch} [fetching]
   */
  constructor(bearer, fetching = (...request) => globalThis.fetch(...request)) {
    this.#bearer = bearer;
    this.#fetch = fetching;
  }

  /**
   * Everything that the page shows; "same" when nothing has changed since the last answer.
   * @returns {Promise<Answer>}
   */
  async overview() {
    /** @type {Record<string, string>} */ const headers = this.#etag === null ? {} : { "if-none-match": this.#etag };
    const response = await this.#request("api/host", { headers });
    if (response?.status === 304) return { is: "same" };
    if (response?.ok) this.#etag = response.headers.get("etag");
    return answerOf(response);
  }

  /** The next overview comes whole. */
  forget() {
    this.#etag = null;
  }

  /**
   * @param {string} path
   * @returns {Promise<Answer>}
   */
  async get(path) {
    return answerOf(await this.#request(path, {}));
  }

  /**
   * @param {string} path
   * @param {object} [fields]
   * @returns {Promise<Answer>}
   */
  async post(path, fields = {}) {
    const headers = { "content-type": "application/json" };
    return answerOf(await this.#request(path, { method: "POST", headers, body: JSON.stringify(fields) }));
  }

  /**
   * @param {string} path
   * @param {RequestInit} request
   */
  async #request(path, request) {
    const bearer = this.#bearer();
    const headers = { ...request.headers, ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }) };
    const signal = AbortSignal.timeout?.(PATIENCE_MS);
    return this.#fetch(path, { ...request, headers, signal, cache: "no-store" }).catch(() => null);
  }
}

/**
 * @param {Response|null} response
 * @returns {Promise<Answer>}
 */
async function answerOf(response) {
  if (!response || response.status >= 502) return { is: "silent" }; // 502 to 504 come from a proxy
  const text = await response.text().catch(() => null);
  if (text === null) return { is: "silent" };
  const cause = response.headers.get("samescreen-cause");
  if (cause === "sign-in" || cause === "forbidden" || cause === "lobby") return { is: "out", isStranger: cause === "sign-in" };
  if (!response.ok) return { is: "refused", words: text.trim() };
  const isJson = (response.headers.get("content-type") ?? "").includes("json");
  try {
    return { is: "ok", value: isJson ? JSON.parse(text) : text };
  } catch {
    return { is: "silent" };
  }
}
