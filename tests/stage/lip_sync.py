"""A film whose picture flashes where its sound beeps, and what a page sees and hears of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from playwright.sync_api import Page

from samescreen.media import SOUND_RATE

FPS: Final = 30
SIZE: Final = (320, 180)
EVENT_S: Final = 0.1
"""For so long it flashes and beeps."""

WATCH_AND_LISTEN: Final = """() => {
  const canvas = document.querySelector("canvas");
  const small = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const seen = (window.seenMs = []);
  let wasBright = true;
  const look = (nowMs) => {
    small.drawImage(canvas, 0, 0, 1, 1);
    const isBright = small.getImageData(0, 0, 1, 1).data[0] > 128;
    if (isBright && !wasBright) seen.push(performance.timeOrigin + nowMs);
    wasBright = isBright;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  const {node} = samescreen.sound;
  const analyser = new AnalyserNode(node.context, {fftSize: 4096});
  node.connect(analyser);
  const samples = new Float32Array(4096);
  const heard = (window.heardMs = []);
  let silentUntilMs = performance.now() + 200;
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const nowMs = performance.now();
    const at = samples.findIndex((sample) => Math.abs(sample) > 0.1);
    if (at < 0) return;
    const {sampleRate, outputLatency} = node.context;
    const atMs = nowMs - ((4096 - at) * 1000) / sampleRate + outputLatency * 1000;
    if (nowMs > silentUntilMs) heard.push(performance.timeOrigin + atMs);
    silentUntilMs = nowMs + 200;
  }, 4);
}"""
"""Notes in milliseconds of the machine's clock when the picture turns bright and when a
beep leaves the loudspeakers, as the browser reckons: in its audio graph it is that much sooner."""


def film(path: Path, seconds: int, *, rate: int = SOUND_RATE, tail_s: float = 0) -> Path:
    """A flash and a beep in the middle of each second; `tail_s` of sound after the last picture."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FPS)
        video.width, video.height = SIZE
        video.pix_fmt = "yuv420p"
        audio = container.add_stream("aac", rate=rate, layout="stereo")
        for number in range(seconds * FPS):
            is_bright = 0.5 <= number / FPS % 1 < 0.5 + EVENT_S
            pixels = np.full((SIZE[1], SIZE[0], 3), 235 if is_bright else 20, dtype=np.uint8)
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        at_s = np.arange(round((seconds + tail_s) * rate)) / rate
        beeps = (at_s % 1 >= 0.5) & (at_s % 1 < 0.5 + EVENT_S)
        wave = (0.6 * np.sin(2 * np.pi * 1000 * at_s) * beeps).astype(np.float32)
        sound = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
        sound.sample_rate, sound.pts, sound.time_base = rate, 0, Fraction(1, rate)
        container.mux(audio.encode(sound))
        container.mux(audio.encode(None))
    return path


def offsets_ms(page: Page) -> list[float]:
    """For each flash that was seen, how much later its beep was heard; negative: sooner."""
    seen: list[float] = page.evaluate("seenMs")
    heard: list[float] = page.evaluate("heardMs")
    pairs = [(flash, min(heard, key=lambda beep: abs(beep - flash))) for flash in seen if heard]
    return [beep - flash for flash, beep in pairs if abs(beep - flash) < 450]
