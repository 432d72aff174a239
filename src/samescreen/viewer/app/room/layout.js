// @ts-check
// Where each stream stands in the window, per view. Pure. Lengths are CSS pixels, measured from the left upper corner of the room.
//
// One stream is large: the page's first viewer shows it, on the stage. In the grid it is a tile like the others. What does not fit on a
// page of tiles has no place, so it needs no viewer and costs nothing.

/** @typedef {"single"|"grid"|"speaker"|"side"} View */
/** @typedef {{x: number, y: number, width: number, height: number}} Box */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {{stream: string, box: Box}} Place */
/** @typedef {{places: Place[], large: string, page: number, pages: number}} Layout  `places` in the order of the list; the large one is among them */

/** @type {View[]} */
export const VIEWS = ["single", "grid", "speaker", "side"];
/** More tiles than that at once no page decodes smoothly; the host lets a page have 40 connections. */
export const MOST_TILES = 36;
const GAP = 4;
const RATIO = 16 / 9;
/** Between a camera's 4:3 and a screen's 16:9, for tiles that may show either. */
const EITHER = 1.5;
/** Of a tile of the grid: two beside each other on a phone of 320 pixels. */
const NARROWEST = 150;
const STRIP_SHARE = 0.2;
const STRIP = { least: 116, most: 260 };
/** The bar of tools and its margin: below a strip, so that it does not come over the small pictures. */
const BAR = 76;

/**
 * @param {View} view
 * @param {string[]} streams  in the order of the host's list
 * @param {string} large  which of them the reader looks at
 * @param {number} page  of the tiles, from 0; one that is not there counts as the last
 * @param {Size} room
 * @returns {Layout}
 */
export function layoutOf(view, streams, large, page, room) {
  const shown = streams.includes(large) ? large : (streams[0] ?? "");
  if (streams.length < 2 || view === "single") return alone(shown, room);
  return { grid, speaker, side }[view](streams, shown, page, room);
}

/** @param {string} large @param {Size} room @returns {Layout} */
function alone(large, room) {
  return { places: large === "" ? [] : [{ stream: large, box: whole(room) }], large, page: 0, pages: 1 };
}

/**
 * Equal tiles. The large one is the first of a page that does not have it.
 * @param {string[]} streams @param {string} large @param {number} page @param {Size} room @returns {Layout}
 */
function grid(streams, large, page, room) {
  const { here, at, pages } = pageOf(streams, page, capacityOf(room));
  const boxes = cells(here.length, room);
  const places = here.map((stream, n) => ({ stream, box: boxes[n] }));
  return { places, large: here.includes(large) ? large : here[0], page: at, pages };
}

/**
 * One large, the others in a strip beside it, or between it and the bar where the room is higher than wide.
 * @param {string[]} streams @param {string} large @param {number} page @param {Size} room @returns {Layout}
 */
function speaker(streams, large, page, room) {
  const isWide = room.width >= room.height;
  const along = isWide ? room.height : room.width;
  const wished = Math.min(STRIP.most, Math.max(STRIP.least, STRIP_SHARE * room.width));
  const tile = { width: Math.round(wished), height: Math.round(wished / RATIO) };
  const step = (isWide ? tile.height : tile.width) + GAP;
  const { here, at, pages } = pageOf(without(streams, large), page, Math.max(1, Math.floor((along + GAP) / step)));
  const first = Math.max(0, Math.round((along - here.length * step + GAP) / 2));
  const top = Math.max(0, room.height - tile.height - BAR);
  const strip = here.map((stream, n) => {
    const from = first + n * step;
    const corner = isWide ? { x: room.width - tile.width, y: from } : { x: from, y: top };
    return { stream, box: { ...corner, ...tile } };
  });
  const rest = isWide ? { width: room.width - tile.width - GAP, height: room.height } : { width: room.width, height: Math.max(0, top - GAP) };
  return { places: inOrder(streams, [{ stream: large, box: whole(rest) }, ...strip]), large, page: at, pages };
}

/**
 * The large one and one other, in halves. The page says which other.
 * @param {string[]} streams @param {string} large @param {number} page @param {Size} room @returns {Layout}
 */
function side(streams, large, page, room) {
  const { here, at, pages } = pageOf(without(streams, large), page, 1);
  const isWide = room.width >= room.height;
  const half = isWide ? { width: (room.width - GAP) / 2, height: room.height } : { width: room.width, height: (room.height - GAP) / 2 };
  const second = isWide ? { x: half.width + GAP, y: 0 } : { x: 0, y: half.height + GAP };
  return { places: [{ stream: large, box: whole(half) }, { stream: here[0], box: { ...second, ...half } }], large, page: at, pages };
}

/** How many tiles of the least size fit. @param {Size} room */
function capacityOf({ width, height }) {
  const columns = Math.max(1, Math.floor((width + GAP) / (NARROWEST + GAP)));
  const rows = Math.max(1, Math.floor((height + GAP) / (NARROWEST / RATIO + GAP)));
  return Math.min(MOST_TILES, columns * rows);
}

/**
 * Equal boxes that fill the room, in as many columns as make a picture of 3:2 largest. A last row that is not full stands in the middle.
 * @param {number} count
 * @param {Size} room
 * @returns {Box[]}
 */
export function cells(count, room) {
  let best = { columns: 1, rows: count, width: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const { width, height } = cellSize(columns, rows, room);
    const shown = Math.min(width, height * EITHER);
    if (shown > best.width) best = { columns, rows, width: shown };
  }
  const { columns, rows } = best;
  const { width, height } = cellSize(columns, rows, room);
  return Array.from({ length: count }, (_, n) => {
    const row = Math.floor(n / columns);
    const missing = row === rows - 1 ? rows * columns - count : 0;
    return { x: (n % columns) * (width + GAP) + (missing * (width + GAP)) / 2, y: row * (height + GAP), width, height };
  });
}

/** @param {number} columns @param {number} rows @param {Size} room */
function cellSize(columns, rows, { width, height }) {
  return { width: (width - (columns - 1) * GAP) / columns, height: (height - (rows - 1) * GAP) / rows };
}

/** @param {string[]} streams @param {number} page @param {number} most */
function pageOf(streams, page, most) {
  const pages = Math.max(1, Math.ceil(streams.length / most));
  const at = Math.min(Math.max(0, page), pages - 1);
  return { here: streams.slice(at * most, (at + 1) * most), at, pages };
}

/** @param {Size} size @returns {Box} */
function whole(size) {
  return { x: 0, y: 0, ...size };
}

/** @param {string[]} streams @param {string} large */
function without(streams, large) {
  return streams.filter((stream) => stream !== large);
}

/** @param {string[]} streams @param {Place[]} places */
function inOrder(streams, places) {
  return places.sort((a, b) => streams.indexOf(a.stream) - streams.indexOf(b.stream));
}
