// @ts-check
// The marks over one picture: who drew them, how they look now, and when they are gone. Main thread. Pure: times are arguments.
// Places are shares of the picture, from 0 to 65535. This person's own strokes are here before the host has confirmed them.

/** @typedef {import("../wire.js").Tool} Tool */
/** @typedef {import("../wire.js").Inker} Inker */
/** @typedef {{x: number, y: number, pressure: number, atMs: number}} InkPoint */
/** @typedef {{by: number|null, tool: Tool, points: InkPoint[], isDone: boolean, changedMs: number, isOwn: boolean, isConfirmed: boolean}} Stroke  by: null before the host has confirmed it */
/** @typedef {{points: InkPoint[], alpha: number, tool: Tool, who: Inker|null, isGrowing: boolean}} Shown  one stroke as it looks now */

export const LASER_MS = 1_000;
export const FADE_MS = 3_000;
const FADING_MS = 700;
// A stroke whose end was lost with a connection.
const ABANDONED_MS = 30_000;
const LASER_POINTS = 200;
/** Where the pictures have the marks, an own stroke is drawn here until the picture surely has it. */
export const ON_ITS_WAY_MS = 500;

export class Strokes {
  /** @type {Map<string, Stroke>} */ #strokes = new Map();
  /** @type {Map<number, Inker>} */ #people = new Map();
  #track = 0;
  /** This person's number, once the host has confirmed a stroke. @type {number|null} */ #me = null;
  /** The host lets people draw. */ isOn = true;
  /** The pictures have the marks. */ #isInPicture = false;
  /** An own stroke of the pen is drawn until the picture has it. */ #isAwaiting = false;

  get isEmpty() {
    return this.#strokes.size === 0;
  }

  get track() {
    return this.#track;
  }

  /** Whether this person has a stroke that stays. */
  get hasOwn() {
    return [...this.#strokes.values()].some(({ isOwn, tool }) => isOwn && tool === "pen");
  }

  /** @param {number} track  of the picture that is shown now */
  follow(track) {
    if (track === this.#track) return;
    this.#track = track;
    this.reset();
  }

  /** Another connection: it brings everything again. */
  reset() {
    this.#strokes.clear();
    this.#people.clear();
    this.#me = null;
    this.isOn = true;
    this.#isInPicture = false;
  }

  /**
   * @param {Omit<import("../wire.js").Ink, "type">} ink
   * @param {number} nowMs
   */
  add({ track, marks }, nowMs) {
    if (track !== this.#track) return;
    this.#forgetFaded(nowMs); // a hidden page paints nothing for hours
    for (const { by, stroke, tool, points, end } of marks) {
      const own = this.#strokes.get(`own ${stroke}`);
      if (own) {
        this.#me = by;
        Object.assign(own, { by, isConfirmed: true });
      }
      if (!own) this.#grow(`${by} ${stroke}`, { by, tool, isOwn: false }, points, end, nowMs);
    }
  }

  /**
   * What this person draws here.
   * @param {Omit<import("../wire.js").Draw, "type"|"track">} drawn
   * @param {number} nowMs
   */
  draw({ stroke, tool, points, end }, nowMs) {
    this.#grow(`own ${stroke}`, { by: this.#me, tool, isOwn: true }, points, end, nowMs);
  }

  /** @param {Omit<import("../wire.js").Marks, "type">} marks */
  replace({ track, on, people, strokes, in_picture: isInPicture }) {
    if (track !== this.#track) return;
    this.isOn = on;
    this.#isInPicture = isInPicture;
    this.#people = new Map(people.map((each) => [each.by, each]));
    const stay = new Set(strokes.map(([by, stroke]) => `${by} ${stroke}`));
    for (const [key, { by, tool, isConfirmed, isOwn }] of this.#strokes) {
      const isListed = stay.has(`${by} ${key.split(" ")[1]}`);
      const isGone = by === null ? !on : !this.#people.has(by) || (tool === "pen" && !isListed);
      if (isGone && (isConfirmed || !isOwn || !on)) this.#strokes.delete(key);
    }
  }

  /** Removes this person's newest stroke that stays, or everything they drew. @param {boolean} all */
  erase(all) {
    const own = [...this.#strokes].filter(([, { isOwn, tool }]) => isOwn && (all || tool === "pen"));
    for (const [key] of all ? own : own.slice(-1)) this.#strokes.delete(key);
  }

  /**
   * @param {string} key
   * @param {{by: number|null, tool: Tool, isOwn: boolean}} of
   * @param {number[]} numbers
   * @param {boolean} isDone
   * @param {number} nowMs
   */
  #grow(key, of, numbers, isDone, nowMs) {
    const stroke = this.#strokes.get(key) ?? { ...of, points: [], isDone, changedMs: nowMs, isConfirmed: false };
    this.#strokes.set(key, stroke);
    for (let at = 0; at + 2 < numbers.length; at += 3)
      stroke.points.push({ x: numbers[at], y: numbers[at + 1], pressure: numbers[at + 2], atMs: nowMs });
    stroke.isDone ||= isDone;
    stroke.changedMs = nowMs;
    if (stroke.tool === "laser" && stroke.points.length > LASER_POINTS) stroke.points = stroke.points.slice(-LASER_POINTS);
  }

  /**
   * What to paint now, the oldest first. What has faded is forgotten.
   * @param {number} nowMs
   * @param {boolean} isStill  nothing may fade gradually: it goes at once
   * @returns {Shown[]}
   */
  shown(nowMs, isStill = false) {
    /** @type {Shown[]} */
    const list = [];
    this.#isAwaiting = false;
    this.#forgetFaded(nowMs);
    for (const stroke of this.#strokes.values()) {
      if (this.#isInPicture && isShownThere(stroke, nowMs)) continue;
      const { tool, by, isDone } = stroke;
      this.#isAwaiting ||= this.#isInPicture;
      const points = tool === "laser" ? trailOf(stroke.points, nowMs, isStill) : stroke.points;
      const alpha = isStill ? 1 : Math.min(1, leftOf(stroke, nowMs) / FADING_MS);
      list.push({ points, alpha, tool, who: (by !== null && this.#people.get(by)) || null, isGrowing: !isDone && !stroke.isOwn });
    }
    return list;
  }

  /** @param {number} nowMs */
  #forgetFaded(nowMs) {
    for (const [key, stroke] of this.#strokes) if (leftOf(stroke, nowMs) <= 0) this.#strokes.delete(key);
  }

  /** Whether anything will look different soon without news. */
  get isMoving() {
    return this.#isAwaiting || [...this.#strokes.values()].some(({ tool }) => tool !== "pen");
  }
}

/**
 * Milliseconds until a stroke is gone.
 * @param {Stroke} stroke
 * @param {number} nowMs
 */
function leftOf({ tool, isDone, changedMs }, nowMs) {
  if (tool === "pen") return Infinity;
  const lifeMs = tool === "laser" ? LASER_MS : isDone ? FADE_MS : ABANDONED_MS;
  return changedMs + lifeMs - nowMs;
}

/**
 * Whether the picture has this stroke by now, if pictures have the marks.
 * @param {Stroke} stroke
 * @param {number} nowMs
 */
function isShownThere({ isOwn, isConfirmed, changedMs }, nowMs) {
  return !isOwn || (isConfirmed && nowMs - changedMs >= ON_ITS_WAY_MS);
}

/**
 * The points that have not faded yet; at least the newest.
 * @param {InkPoint[]} points
 * @param {number} nowMs
 * @param {boolean} isStill
 */
function trailOf(points, nowMs, isStill) {
  const last = points.slice(-1);
  return isStill ? last : [...points.slice(0, -1).filter(({ atMs }) => nowMs - atMs < LASER_MS), ...last];
}
