// @ts-check
// The door to the room: several streams at once, and who takes part. Main thread. It keeps the newest news of the host and loads the code
// when there is something to show: a page that watches the only stream alone loads nothing.

/** @typedef {import("../contract.js").Events} Events */
/** @typedef {import("./room/table.js").Table} Table */
/** @typedef {{streams: Events["streams"], roster: Events["roster"], voices: Events["voices"]}} News */
/** @typedef {keyof News} NewsName */

export class Room {
  #around;
  #load;
  /** @type {Partial<News>} */ #news = {};
  /** @type {Promise<void>|null} */ #loading = null;
  /** @type {Table|null} */ #table = null;

  /**
   * @param {import("./room/table.js").Around|null} around  what the room needs of the page; null: the page shows one picture only
   * @param {() => Promise<{Table: typeof import("./room/table.js").Table}>} [load]
   */
  constructor(around, load = () => import("./room/table.js")) {
    this.#around = around;
    this.#load = load;
  }

  /**
   * @template {NewsName} Name
   * @param {Name} name
   * @param {News[Name]} news
   */
  take(name, news) {
    this.#news[name] = news;
    if (this.#table) this.#table.take(this.#news);
    else if (isRoom(this.#news)) this.#loading ??= this.#open();
  }

  /** Shows the next view, if there are several. */
  next() {
    this.#table?.next();
  }

  /** The reader chose another quality for all pictures. */
  chose() {
    this.#table?.chose();
  }

  /** @param {string|null} pass  for the connections of the small pictures */
  setPass(pass) {
    this.#table?.setPass(pass);
  }

  /** Closes the small pictures; the page is about to open a new viewer. */
  close() {
    this.#table?.close();
  }

  async #open() {
    if (this.#around === null) return;
    try {
      const { Table } = await this.#load();
      this.#table = new Table(this.#around);
      this.#table.take(this.#news);
    } catch {
      this.#loading = null; // the host was away: the next news tries again
    }
  }
}

/** @param {Partial<News>} news */
function isRoom({ streams, roster }) {
  return (streams?.streams.length ?? 0) > 1 || (roster?.kept.length ?? 0) > 0 || (roster ? roster.people.length + roster.others : 0) > 1;
}
