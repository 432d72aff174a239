// Makes colour-simd.wasm from its source: `npm run wasm`. The tests make it again and compare.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import wabt from "wabt";

const folder = new URL("../src/samescreen/viewer/video/", import.meta.url);
export const source = new URL("colour-simd.wat", folder);
export const target = new URL("colour-simd.wasm", folder);

/** @returns {Promise<Uint8Array>} */
export async function build() {
  const module = (await wabt()).parseWat(source.pathname, readFileSync(source), { simd: true });
  module.validate();
  return module.toBinary({}).buffer;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, await build());
