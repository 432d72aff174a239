// What a picture costs the page where there is no WebCodecs: h264bsd, then the colour conversion inside the damage, in the fast form
// (colour-simd.wasm) and in plain JavaScript; and what catching up after a hiccup costs. In Node, so without putImageData and canvas.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const BENCH = fileURLToPath(new URL(".", import.meta.url));
const VIEWER = new URL("../src/samescreen/viewer/", import.meta.url);
const HELD = 10; // packets that come at once after a hiccup: 167 ms of 60 a second
const WARM_UP = 30;

globalThis.fetch = async (url) =>
  new Response(readFileSync(new URL(url)), { headers: { "content-type": "application/wasm" } });

const { values: options } = parseArgs({
  options: {
    scene: { type: "string", multiple: true, default: ["scroll", "typing", "video"] },
    size: { type: "string", multiple: true, default: ["1280x720", "1920x1080"] },
    frames: { type: "string", default: "300" },
    out: { type: "string", default: join(BENCH, "results", "decode.csv") },
  },
});

const { default: load } = await import(new URL("vendor/h264bsd/h264bsd.mjs", VIEWER));
const { convertRegion } = await import(new URL("video/colour.js", VIEWER));
const { joinDamage } = await import(new URL("video/painter.js", VIEWER));
const { newSimdConverter, loading } = await import(new URL("video/simd.js", VIEWER));
const { packetFromBytes } = await import(new URL("wire.js", VIEWER));
const library = await load();
await loading;

const folder = mkdtempSync(join(tmpdir(), "samescreen-decode-"));
try {
  makeStreams();
  const { chromium: _, ...origin } = JSON.parse(readFileSync(join(folder, "origin.json"), "utf8"));
  const rows = readdirSync(folder).filter((name) => name.endsWith(".packets")).sort().flatMap(measure);
  report(rows, { ...origin, node: process.version });
} finally {
  rmSync(folder, { recursive: true });
}

function makeStreams() {
  const chosen = [...options.scene.flatMap((name) => ["--scene", name]), ...options.size.flatMap((size) => ["--size", size])];
  const python = join(BENCH, "..", ".venv", "bin", "python");
  const made = spawnSync(python, [join(BENCH, "decode_streams.py"), folder, "--frames", options.frames, ...chosen], {
    stdio: "inherit",
    env: { ...process.env, PYTHONPATH: join(BENCH, "..", "src") },
  });
  if (made.status !== 0) throw new Error("the streams could not be made");
}

function measure(file) {
  const [scene, size] = file.replace(".packets", "").split("-");
  const [width, height] = size.split("x").map(Number);
  const packets = [...packetsIn(readFileSync(join(folder, file)))];
  const times = { ...eachAtOnce(packets, width, height), ...inBursts(packets, width, height) };
  return Object.entries(times).map(([part, ms]) => ({
    scene, width, height, part, samples: ms.length, p50_ms: percentile(ms, 50), p95_ms: percentile(ms, 95),
  }));
}

function* packetsIn(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const message = new Uint8Array(bytes.subarray(at + 4, at + 4 + length));
    yield packetFromBytes(message.buffer);
    at += 4 + length;
  }
}

/** Every picture decoded and converted by itself, once in each way. */
function eachAtOnce(packets, width, height) {
  const times = { decode: [], "colour, WASM SIMD": [], "colour, JavaScript": [], "decode + colour, WASM SIMD": [] };
  const decoder = new library.Decoder();
  const simd = newSimdConverter();
  const target = { pixels: new Int32Array(width * height), width, height };
  const room = new Uint32Array(width * height);
  packets.forEach(({ payload, damage }, index) => {
    const [planes, decodeMs] = timed(() => decoded(decoder, payload, index));
    const regions = regionsOf(damage, width, height);
    const [, simdMs] = timed(() => regions.forEach((region) => convertInto(simd, planes, region, room)));
    const [, scriptMs] = timed(() => regions.forEach((region) => convertRegion(planes, target, region)));
    if (index < WARM_UP) return;
    [decodeMs, simdMs, scriptMs, decodeMs + simdMs].forEach((ms, at) => Object.values(times)[at].push(ms));
  });
  decoder.delete();
  return times;
}

/** Ten packets at once: all decoded; then the newest picture alone converted, against each of them. The same decodes count for both. */
function inBursts(packets, width, height) {
  const times = { "burst of 10, newest converted": [], "burst of 10, each converted": [] };
  const decoder = new library.Decoder();
  const simd = newSimdConverter();
  const room = new Uint32Array(width * height);
  const convert = (planes, damage) => timed(() => regionsOf(damage, width, height).forEach((region) => convertInto(simd, planes, region, room)))[1];
  for (let at = 0; at + HELD <= packets.length; at += HELD) {
    let decodeMs = 0;
    let eachMs = 0;
    let planes;
    const burst = packets.slice(at, at + HELD);
    burst.forEach((packet, index) => {
      const [picture, ms] = timed(() => decoded(decoder, packet.payload, at + index));
      planes = picture;
      decodeMs += ms;
      eachMs += convert(planes, packet.damage);
    });
    const newestMs = convert(planes, burst.map(({ damage }) => damage).reduce(joinDamage));
    if (at < WARM_UP) continue;
    [decodeMs + newestMs, decodeMs + eachMs].forEach((ms, way) => Object.values(times)[way].push(ms));
  }
  decoder.delete();
  return times;
}

function convertInto(simd, planes, region, room) {
  simd.convert(planes, region, room.subarray(0, region.width * region.height));
}

function decoded(decoder, payload, id) {
  let picture;
  for (let at = 0; at < payload.length; ) {
    const result = decoder.decode(payload.subarray(at), id + 1);
    if (result.code >= 3) throw new Error(`h264bsd: code ${result.code}`);
    picture = result.picture ?? picture;
    if (result.read === 0) break;
    at += result.read;
  }
  return { bytes: picture.bytes, width: picture.info.picWidth, height: picture.info.picHeight };
}

function regionsOf(damage, width, height) {
  return damage.length ? damage : [{ x: 0, y: 0, width, height }];
}

function timed(step) {
  const startMs = performance.now();
  const result = step();
  return [result, performance.now() - startMs];
}

function percentile(values, percent) {
  const ordered = [...values].sort((a, b) => a - b);
  const position = ((ordered.length - 1) * percent) / 100;
  const below = Math.floor(position);
  const above = Math.min(below + 1, ordered.length - 1);
  return ordered[below] + (ordered[above] - ordered[below]) * (position - below);
}

function report(rows, origin) {
  const cells = rows.map((row) => ({ ...row, p50_ms: row.p50_ms.toFixed(3), p95_ms: row.p95_ms.toFixed(3), ...origin }));
  const quoted = (value) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : value);
  const lines = [Object.keys(cells[0]), ...cells.map(Object.values)].map((line) => line.map(quoted).join(","));
  writeFileSync(options.out, `${lines.join("\n")}\n`);
  console.log("| scene | size | part | p50 ms | p95 ms |\n|---|---|---|---|---|");
  for (const row of rows)
    console.log(`| ${row.scene} | ${row.height}p | ${row.part} | ${row.p50_ms.toFixed(2)} | ${row.p95_ms.toFixed(2)} |`);
}
