// Noise painted by both ways, whole and in parts: how far apart they are, and what changed where. test_paint.py runs it on the page.
async (sizes) => {
  const load = (name) => import(new URL(`video/${name}.js`, document.baseURI).href);
  const {WebglPlanes} = await load("webgl");
  const {CpuPlanes} = await load("cpu");
  const {CanvasSurface} = await load("surface");
  await (await load("simd")).loading;
  const ways = [new WebglPlanes((error) => { throw error; }), new CpuPlanes()];
  const report = [];
  for (const [width, height] of sizes) {
    const [wide, high] = [width, height].map((side) => Math.ceil(side / 16) * 16);
    const canvases = ways.map(() => new OffscreenCanvas(width, height));
    const surfaces = canvases.map((canvas) => new CanvasSurface(canvas));
    const show = (bytes, regions) => ways.map((way, at) => {
      way.paint(surfaces[at], {bytes, width: wide, height: high}, {width, height}, regions);
      return canvases[at].getContext("2d").getImageData(0, 0, width, height).data;
    });
    const noise = () => {
      const bytes = new Uint8Array(wide * high * 1.5);
      for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
      return bytes;
    };
    const furthest = ([one, other]) => one.reduce((far, value, at) => Math.max(far, Math.abs(value - other[at])), 0);
    const whole = show(noise(), [{x: 0, y: 0, width, height}]);
    const regions = [
      {x: 3, y: 5, width: 7, height: 9},
      {x: width - 5, y: height - 3, width: 5, height: 3},
      {x: 16, y: 0, width: 1, height: 1},
    ];
    const parts = show(noise(), regions);
    const isIn = (at) => regions.some(({x, y, width: w, height: h}) => {
      const [column, row] = [(at >> 2) % width, Math.floor((at >> 2) / width)];
      return column >= x && column < x + w && row >= y && row < y + h;
    });
    const beside = parts[0].reduce((count, value, at) => count + (value !== whole[0][at] && !isIn(at)), 0);
    const inside = parts[0].reduce((count, value, at) => count + (value !== whole[0][at] && isIn(at)), 0);
    report.push({whole: furthest(whole), parts: furthest(parts), beside, inside});
  }
  return report;
}
