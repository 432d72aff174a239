// @ts-check
// Loads a module again after a failure. Either thread. Firefox keeps a failed import for the life of the page, so each try has its own URL.

export const PAUSES_MS = [1_000, 3_000, 6_000];

/**
 * @template T
 * @param {(query: string) => Promise<T>} load  imports the module from its URL with this at the end
 * @returns {Promise<T>} rejects when every try has failed
 */
export async function again(load) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await load(tries === 0 ? "" : `?${tries}`);
    } catch (error) {
      if (tries === PAUSES_MS.length) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[tries]));
    }
  }
}
