// @ts-check
// Whether an open microphone hears speech, so that silence is not sent. Pure: one call for each block of 20 ms.

const QUIETEST_DB = -55;
const ABOVE_NOISE_DB = 10;
/** Words end quietly, and have gaps. */
const LASTS_BLOCKS = 25;
const NOISE_FALLS = 0.2;
const NOISE_RISES_DB = 0.05;

/** @param {Float32Array} block  in decibels of full scale */
export function loudnessDb(block) {
  let sum = 0;
  for (const sample of block) sum += sample * sample;
  return 10 * Math.log10(sum / block.length + 1e-10);
}

export class Speech {
  #noiseDb = -60;
  #left = 0;

  /**
   * @param {Float32Array} block  of the microphone
   * @returns {boolean}  it belongs to speech
   */
  take(block) {
    const db = loudnessDb(block);
    // The quietest of the last seconds is noise: it falls at once and rises 2.5 dB a second.
    this.#noiseDb = db < this.#noiseDb ? this.#noiseDb + NOISE_FALLS * (db - this.#noiseDb) : this.#noiseDb + NOISE_RISES_DB;
    const isLoud = db > Math.max(QUIETEST_DB, Math.min(-30, this.#noiseDb) + ABOVE_NOISE_DB);
    this.#left = isLoud ? LASTS_BLOCKS : Math.max(0, this.#left - 1);
    return this.#left > 0;
  }
}
