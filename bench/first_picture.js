// Runs in the measured page before its own scripts. Compares parts of the picture with the original until they are as good as asked.
// SSIM as in quality.py: windows of 8×8 at every fourth row and column.
(asked) => {
  const { side, sharp, until, patienceMs, width } = asked;
  // Made when they are needed: before the page's own scripts that would cost 15 ms.
  let parts = null, scratch = null;
  function prepare() {
    parts = asked.parts.map(({ x, y, luma }) => ({ x, y, luma: Uint8Array.from(atob(luma), (c) => c.charCodeAt(0)) }));
    scratch = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
  }
  const times = { first_ms: -1, first_ssim: -1, sharp_ms: -1, exact_ms: -1, live_ms: -1 };
  const COMPARE_MS = 100;
  let compared = null, compared_ms = 0, sharp_ms = null;
  let finish;
  const done = new Promise((resolve) => (finish = resolve));
  setTimeout(() => finish(null), patienceMs);
  globalThis.seen = { done };

  function lumaOf(picture, { x, y }) {
    // A sketch has fewer pixels, and is stretched.
    const scale = (picture.naturalWidth ?? picture.width) / width;
    scratch.clearRect(0, 0, side, side);
    scratch.drawImage(picture, x * scale, y * scale, side * scale, side * scale, 0, 0, side, side);
    const pixels = scratch.getImageData(0, 0, side, side).data;
    if (pixels[3] === 0) return null;
    const luma = new Uint8Array(side * side);
    for (let at = 0; at < luma.length; at += 1)
      luma[at] = Math.round(0.299 * pixels[4 * at] + 0.587 * pixels[4 * at + 1] + 0.114 * pixels[4 * at + 2]);
    return luma;
  }

  function ssim(one, other) {
    const n = 64, c1 = (0.01 * 255) ** 2 * n * n, c2 = (0.03 * 255) ** 2 * n * n;
    let total = 0, windows = 0;
    for (let top = 0; top + 8 <= side; top += 4)
      for (let left = 0; left + 8 <= side; left += 4) {
        let a = 0, b = 0, squares = 0, product = 0;
        for (let y = top; y < top + 8; y += 1)
          for (let x = left; x < left + 8; x += 1) {
            const p = one[y * side + x], q = other[y * side + x];
            a += p, b += q, squares += p * p + q * q, product += p * q;
          }
        const variances = squares * n - a * a - b * b, covariance = product * n - a * b;
        total += ((2 * a * b + c1) * (2 * covariance + c2)) / ((a * a + b * b + c1) * (variances + c2));
        windows += 1;
      }
    return total / windows;
  }

  const offBy = (one, other) => one.reduce((sum, value, at) => sum + Math.abs(value - other[at]), 0) / one.length;

  // What is on the screen: the canvas, else the glimpse under it once that is composited.
  function pictured() {
    const canvas = document.querySelector("#screen");
    if (canvas && canvas.width > 1 && getComputedStyle(canvas).visibility === "visible") return canvas;
    const glimpse = document.querySelector("#glimpse");
    return glimpse && compositedMs() !== undefined ? glimpse : null;
  }

  // Nothing else on the page has contents before the picture.
  const compositedMs = () => {
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    return paint && (paint.presentationTime ?? paint.startTime);
  };

  function look() {
    const now = performance.now();
    const picture = pictured();
    const isNew = picture && picture !== compared;
    // Comparing costs more than looking whether there is a picture at all.
    if (!picture || (!isNew && now - compared_ms < COMPARE_MS) || (!isNew && picture.id === "glimpse")) return;
    if (parts === null) prepare();
    const probe = lumaOf(picture, parts[0]);
    if (probe === null) return;
    compared_ms = now;
    compared = picture;
    const lumas = [probe, ...parts.slice(1).map((part) => lumaOf(picture, part))];
    const worst = Math.min(...lumas.map((luma, at) => ssim(luma, parts[at].luma)));
    if (times.first_ssim < 0) times.first_ssim = worst;
    // A glimpse is the first picture, whose time the browser knows. What is on the canvas is composited by the next frame.
    if (sharp_ms === null && worst >= sharp) {
      sharp_ms = picture.id === "glimpse" ? 0 : Infinity;
      if (sharp_ms > 0) requestAnimationFrame(() => setTimeout(() => (sharp_ms = performance.now())));
    }
    if (lumas.every((luma, at) => offBy(luma, parts[at].luma) <= 1)) times.exact_ms = now;
  }

  function step() {
    if (times.live_ms < 0 && document.documentElement?.dataset.state === "live") times.live_ms = performance.now();
    if (until === "exact" ? times.exact_ms < 0 : sharp_ms === null) look();
    const isDone = until === "sharp" || times.exact_ms >= 0;
    if (!isDone || times.live_ms < 0 || sharp_ms === null || sharp_ms === Infinity || compositedMs() === undefined) return;
    clearInterval(timer);
    finish(summary());
  }
  const timer = setInterval(step, 15);

  function summary() {
    const [navigation] = performance.getEntriesByType("navigation");
    const files = performance.getEntriesByType("resource");
    const bytes = files.reduce((sum, file) => sum + file.transferSize, navigation.transferSize);
    const first = compositedMs();
    return { page_ms: navigation.responseEnd, ...times, first_ms: first, sharp_ms: Math.max(first, sharp_ms), requests: files.length + 1, page_kb: bytes / 1000 };
  }
}
