// Runs in the measured page before its own scripts. Compares parts of the canvas with the original until all are exact.
// SSIM as in quality.py: windows of 8×8 at every fourth row and column.
(asked) => {
  const { side, sharp, until, patienceMs } = asked;
  const parts = asked.parts.map(({ x, y, luma }) => ({ x, y, luma: Uint8Array.from(atob(luma), (c) => c.charCodeAt(0)) }));
  const scratch = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
  const times = { first_ms: -1, first_ssim: -1, sharp_ms: -1, exact_ms: -1, live_ms: -1 };
  const COMPARE_MS = 100;
  let compared_ms = 0;
  let finish;
  const done = new Promise((resolve) => (finish = resolve));
  setTimeout(() => finish(null), patienceMs);
  globalThis.seen = { done };

  function lumaOf(canvas, { x, y }) {
    scratch.clearRect(0, 0, side, side);
    scratch.drawImage(canvas, x, y, side, side, 0, 0, side, side);
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

  function look() {
    const root = document.documentElement;
    const now = performance.now();
    if (times.live_ms < 0 && root?.dataset.state === "live") times.live_ms = now;
    const canvas = document.querySelector("#screen");
    if (!canvas || canvas.width < 2 || getComputedStyle(canvas).visibility !== "visible") return;
    // Comparing costs more than looking whether there is a picture at all.
    if (times.first_ms >= 0 && now - compared_ms < COMPARE_MS) return;
    const probe = lumaOf(canvas, parts[0]);
    if (probe === null) return;
    compared_ms = now;
    const lumas = [probe, ...parts.slice(1).map((part) => lumaOf(canvas, part))];
    const worst = Math.min(...lumas.map((luma, at) => ssim(luma, parts[at].luma)));
    if (times.first_ms < 0) Object.assign(times, { first_ms: now, first_ssim: worst });
    if (times.sharp_ms < 0 && worst >= sharp) times.sharp_ms = now;
    if (lumas.every((luma, at) => offBy(luma, parts[at].luma) <= 1)) times.exact_ms = now;
    if (times.live_ms < 0 || (until === "exact" ? times.exact_ms : times.sharp_ms) < 0) return;
    clearInterval(timer);
    finish(summary());
  }
  const timer = setInterval(look, 15);

  function summary() {
    const [navigation] = performance.getEntriesByType("navigation");
    const files = performance.getEntriesByType("resource");
    const bytes = files.reduce((sum, file) => sum + file.transferSize, navigation.transferSize);
    // A sketch that came as an image is the first picture too.
    const { firstPaintMs, glimpseMs } = document.documentElement.dataset;
    const painted = Math.min(Number(firstPaintMs), Number(glimpseMs ?? Infinity));
    return { page_ms: navigation.responseEnd, ...times, first_ms: painted, requests: files.length + 1, page_kb: bytes / 1000 };
  }
}
