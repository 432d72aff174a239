// Run on a page by paint.py: what converting and painting one picture takes, by each way, in ms. The picture is flat noise, the damage
// is that of a scene. One pixel is read back after each picture, so that work put off by the canvas is in the time.
async ({ width, height, regions, rounds }) => {
  const load = (name) => import(new URL(`/video/${name}.js`, document.baseURI).href);
  const [{ WebglPlanes }, { CpuPlanes }, { CanvasSurface }, simd] = await Promise.all(["webgl", "cpu", "surface", "simd"].map(load));
  await simd.loading;
  const coded = { width: Math.ceil(width / 16) * 16, height: Math.ceil(height / 16) * 16 };
  const pictures = [0, 1].map(() => {
    const bytes = new Uint8Array((coded.width * coded.height * 3) / 2);
    for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
    return { bytes, ...coded };
  });
  const measure = (way) => {
    const canvas = new OffscreenCanvas(width, height);
    const surface = new CanvasSurface(canvas);
    const context = canvas.getContext("2d");
    const times = { call: [], done: [] };
    for (let round = 0; round < rounds; round += 1) {
      const startMs = performance.now();
      way.paint(surface, pictures[round % 2], { width, height }, regions);
      times.call.push(performance.now() - startMs);
      context.getImageData(regions[0].x, regions[0].y, 1, 1);
      times.done.push(performance.now() - startMs);
    }
    way.close();
    return times;
  };
  const probe = new OffscreenCanvas(1, 1).getContext("webgl");
  const extension = probe.getExtension("WEBGL_debug_renderer_info");
  const renderer = probe.getParameter(extension?.UNMASKED_RENDERER_WEBGL ?? probe.RENDERER);
  const lost = (error) => {
    throw error;
  };
  return { renderer, cpu: measure(new CpuPlanes()), webgl: measure(new WebglPlanes(lost)) };
}
