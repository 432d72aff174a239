"""The benches that need no screen still run, and compare the right pictures."""

from __future__ import annotations

import csv
import importlib
import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.received import read_packets, write_packets
from samescreen.encode.sps import NAL_IDR, nal_type, nal_units
from samescreen.media import Damage, Frame

BENCH = Path(__file__).parents[2] / "bench"
SIZE = 640, 360


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a module of the bench, whose scripts find each other by their folder."""
    monkeypatch.syspath_prepend(BENCH)
    return importlib.import_module


def test_stages_measures_every_way(tmp_path: Path) -> None:
    out = tmp_path / "stages.csv"
    command = [sys.executable, str(BENCH / "stages.py"), "--size", "640x360", "--scene", "dense"]
    command += ["--threads", "2", "--frames", "6", "--judge-every", "2", "--out", str(out)]
    rates = ("host", "near", "far", "capped")
    command += [part for rate in rates for part in ("--rate", rate)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["rate"] for row in rows] == list(rates)
    for row in rows:
        assert row["frames"] == "5"
        assert float(row["psnr_y_db"]) > 30
        assert float(row["ssim_y"]) > 0.95
        assert float(row["first_kb"]) > float(row["packet_max_kb"]) > 0
        assert float(row["encode_p50_ms"]) > 0


def test_stalls_measures_what_a_newcomer_costs(tmp_path: Path) -> None:
    out = tmp_path / "stalls.csv"
    command = [sys.executable, str(BENCH / "stalls.py"), "--size", "640x360", "--seconds", "1"]
    command += ["--event", "newcomer", "--way", "beside", "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    with out.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert float(row["still_p50_ms"]) > 0
    assert float(row["keyframe_p50_ms"]) >= float(row["still_p50_ms"])
    assert float(row["worst_p50_ms"]) >= float(row["delay_p50_ms"]) > 0


def test_pushing_measures_what_reaches_a_viewer(tmp_path: Path) -> None:
    out = tmp_path / "pushing.csv"
    command = [sys.executable, str(BENCH / "pushing.py"), "--size", "640x360", "--fps", "30"]
    subprocess.run([*command, "--seconds", "1", "--out", str(out)], check=True, timeout=60)
    with out.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert 0 < float(row["shown"]) <= float(row["pushed"]) + 2
    assert float(row["push_p50_ms"]) > 0


@pytest.mark.parametrize("name", ["scroll", "typing"])
def test_a_stream_is_compared_with_what_was_painted(script: Any, name: str) -> None:
    scenes, hosted, originals = (script(module) for module in ("scenes", "hosted", "originals"))
    encoder = hosted.Hosted("near", SIZE, quality=90, bitrate_bps=20_000_000)
    arrived: list[Any] = []
    for shown in itertools.islice(scenes.drawn(scenes.scene(name, *SIZE), *SIZE), 12):
        frame = Frame(shown.pixels, shown.at_us, Damage.ALL)
        packet = encoder.encode(frame, keyframe=not arrived)
        arrived.append(originals.Arrived(shown.at_us, packet.payload))
    encoder.close()
    since_us = arrived[3].at_us
    judged = originals.judge(arrived, originals.Originals(name, *SIZE), since_us=since_us, every=1)
    assert judged.first_seen_us == {n: arrived[n].at_us for n in range(3, 12)}
    assert max(judged.square_errors) < 12
    other = originals.judge(arrived, originals.Originals("dense", *SIZE), since_us=0, every=1)
    assert min(other.square_errors) > 1000


@pytest.mark.parametrize("threads", [1, 3])
def test_each_thread_encodes_a_slice(script: Any, threads: int) -> None:
    hosted, scenes = script("hosted"), script("scenes")
    encoder = hosted.Hosted("near", SIZE, quality=75, bitrate_bps=20_000_000, threads=threads)
    shown = next(scenes.drawn(scenes.scene("dense", *SIZE), *SIZE))
    packet = encoder.encode(Frame(shown.pixels, 0, Damage.ALL), keyframe=True)
    encoder.close()
    slices = [nal for nal in nal_units(packet.payload) if nal_type(nal) == NAL_IDR]
    assert len(slices) == threads


def test_packets_come_back_as_they_were_written(tmp_path: Path) -> None:
    packets = [(5, b"first"), (2**40, b""), (7, bytes(range(256)) * 300)]
    write_packets(tmp_path / "packets", packets)
    assert read_packets(tmp_path / "packets") == packets
