// @ts-check
// The buffer between arrival and loudspeaker: smooths the arrival, keeps the delay, hides gaps. Pure: no clocks, no Web Audio.
// Runs in the audio thread, or on the main thread where there is none (node.js).
//
// Sound arrives in steps of 10 ms, unevenly, and by the host's clock; it leaves by the sound card's. The buffer holds TARGET_MS on
// average. A slow drift is taken out by playing up to 0.5 % faster or slower; a large excess by a jump. When it runs dry the sound
// fades out, waits until the buffer is full again, and fades in; each time that happens to sound that flows, the target grows.

export const RATE = 48_000;
export const TARGET_MS = 40;
const LONGEST_TARGET_MS = 120;
const MORE_MS = 10;
const LESS_MS = 5;
const CALM_S = 20;
const LATE_MS = 100;
/** Where somebody else says how much to hold: a burst after a stall is skipped, not played late. */
const LATE_IF_AIMED_MS = 45;
const MAX_BEND = 0.005;
const BEND_PER_FRAME = 0.005 / framesOf(20);
const DEAD_FRAMES = framesOf(4);
const FADE_FRAMES = 240;
const SMOOTHING_S = 0.5;
const CONTIGUOUS_US = 80_000;
const CAPACITY = 2 ** 15;
const MASK = CAPACITY - 1;

/** @param {number} ms */
function framesOf(ms) {
  return Math.round((ms * RATE) / 1000);
}

export class JitterBuffer {
  #left = new Float32Array(CAPACITY);
  #right = new Float32Array(CAPACITY);
  /** Frames ever written. */ #written = 0;
  /** Position of the next frame to play, with a fraction. */ #read = 0;
  #playing = false;
  /** Of the fade: 0 silent, 1 full. */ #gain = 0;
  #target = framesOf(TARGET_MS);
  #smoothFill = 0;
  #calmFrames = 0;
  #ranDry = false;
  /** Somebody else says how much to hold. */ #isAimed = false;
  #nextUs = 0;
  /** The capture time of frame `#written`. */ #endUs = 0;
  underruns = 0;
  jumps = 0;

  /** Frames buffered. */
  get fill() {
    return this.#written - this.#read;
  }

  get targetMs() {
    return (this.#target * 1000) / RATE;
  }

  /** When what plays next was recorded, in the host's microseconds; null while nothing plays. */
  get playingUs() {
    return this.#playing ? this.#endUs - (this.fill * 1e6) / RATE : null;
  }

  /** Holds so much on average from now on, whatever happens. @param {number} ms  at most 200 */
  aim(ms) {
    this.#isAimed = true;
    this.#target = framesOf(ms);
  }

  /** What waits does not belong to what comes next: drops it, unless it plays already. */
  skip() {
    if (!this.#playing) this.#read = this.#written;
  }

  /**
   * @param {Float32Array} left
   * @param {Float32Array} right
   * @param {number} ptsUs  when its first frame was recorded
   */
  push(left, right, ptsUs) {
    if (left.length > CAPACITY / 4) return;
    // The host does not send silence, so only late sound without a pause before it asks for a larger buffer.
    if (this.#ranDry && Math.abs(ptsUs - this.#nextUs) < CONTIGUOUS_US) this.#grow();
    this.#ranDry = false;
    this.#nextUs = ptsUs + (left.length * 1e6) / RATE;
    for (let at = 0; at < left.length; at += 1) {
      this.#left[(this.#written + at) & MASK] = left[at];
      this.#right[(this.#written + at) & MASK] = right[at];
    }
    this.#written += left.length;
    this.#endUs = this.#nextUs;
    if (this.fill > this.#target + framesOf(this.#isAimed ? LATE_IF_AIMED_MS : LATE_MS)) this.#jump();
  }

  /**
   * Fills both, with silence where there is nothing to play.
   * @param {Float32Array} left
   * @param {Float32Array} right
   */
  pull(left, right) {
    left.fill(0);
    right.fill(0);
    if (!this.#playing && !this.#begins()) return;
    const step = 1 + this.#bend(left.length);
    const lasts = Math.floor((this.fill - 3) / step);
    const frames = Math.min(left.length, Math.max(0, lasts));
    const isLast = frames < left.length;
    for (let at = 0; at < frames; at += 1) {
      const goal = isLast ? Math.min(1, (frames - at) / Math.min(frames, FADE_FRAMES)) : 1;
      this.#gain = goal < this.#gain ? goal : Math.min(goal, this.#gain + 1 / FADE_FRAMES);
      left[at] = this.#gain * between(this.#left, this.#read);
      right[at] = this.#gain * between(this.#right, this.#read);
      this.#read += step;
    }
    if (isLast) this.#runDry();
    else this.#calm(frames);
  }

  #begins() {
    if (this.fill < this.#target) return false;
    // A burst after a pause may hold more than the target: skip the excess.
    this.#read = this.#written - this.#target;
    this.#playing = true;
    this.#gain = 0;
    this.#smoothFill = this.fill;
    return true;
  }

  /**
   * How much faster to play: -0.5 % to 0.5 %.
   * @param {number} frames
   */
  #bend(frames) {
    this.#smoothFill += (this.fill - this.#smoothFill) * Math.min(1, frames / (SMOOTHING_S * RATE));
    const excess = this.#smoothFill - this.#target;
    if (Math.abs(excess) < DEAD_FRAMES) return 0;
    return Math.max(-MAX_BEND, Math.min(MAX_BEND, (excess - Math.sign(excess) * DEAD_FRAMES) * BEND_PER_FRAME));
  }

  #runDry() {
    this.#playing = false;
    this.#ranDry = true;
    this.#read = this.#written;
    this.underruns += 1;
    this.#calmFrames = 0;
  }

  #grow() {
    if (this.#isAimed) return;
    this.#target = Math.min(framesOf(LONGEST_TARGET_MS), this.#target + framesOf(MORE_MS));
  }

  /** @param {number} frames */
  #calm(frames) {
    this.#calmFrames += frames;
    if (this.#isAimed || this.#calmFrames < CALM_S * RATE) return;
    this.#calmFrames = 0;
    this.#target = Math.max(framesOf(TARGET_MS), this.#target - framesOf(LESS_MS));
  }

  /** Skips what is too old, and fades in after it. */
  #jump() {
    this.#read = this.#written - this.#target;
    this.#smoothFill = this.#target;
    this.#gain = 0;
    if (this.#playing) this.jumps += 1;
  }
}

/**
 * The value between four frames (Catmull and Rom's cubic): a straight line would dull the treble.
 * @param {Float32Array} ring
 * @param {number} position
 */
function between(ring, position) {
  const whole = Math.floor(position);
  const part = position - whole;
  const now = ring[whole & MASK];
  if (part === 0) return now;
  const before = ring[(whole - 1) & MASK];
  const next = ring[(whole + 1) & MASK];
  const after = ring[(whole + 2) & MASK];
  const a = next - before;
  const b = 2 * before - 5 * now + 4 * next - after;
  const c = 3 * (now - next) + after - before;
  return now + 0.5 * part * (a + part * (b + part * c));
}
