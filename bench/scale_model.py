"""What N viewers cost: processes, nodes, the broker between them, delay, a join storm, a dead node.

A model, not a measurement. `Costs` names each constant and where it comes from: measured here (the
rows are in `results/` and docs/performance.md) or assumed. `tests/bench/test_scale_model.py` holds
the model against the rows that were measured. docs/scale.md says what follows.

    .venv/bin/python bench/scale_model.py                  # the table of docs/scale.md
    .venv/bin/python bench/scale_model.py --mbit 5 --https --rooms 10000
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, replace
from typing import Final

FPS: Final = 60.0
FULL: Final = 0.7
"""How busy an event loop may be on average: above it, pictures of different viewers' acks and
joins wait for each other for longer than a picture lasts."""

CPU_BOUND: Final = 0.98
VIEWERS: Final = (1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Costs:
    """Every constant, in µs of CPU unless the name says otherwise. "[M]": measured, "[A]": assumed.

    `send_us`, `send_us_per_kb`: one write to one viewer (fanout.csv, `transport.write`) [M].
    `protocol_us`: its ack, window and statistics: what crowd-720p.csv has above the write [M].
    `tls_us`: more for a viewer by https (crowd-https-720p.csv) [M].
    `busy_factor`: on machines with much other work the whole process took 56 to 64 µs for each
    picture of each of 200 viewers, capture and encoding included; 1: a quiet machine [M].
    `picture_us`: capture and encoding of a picture, scroll at 720p (crowd-720p.csv, 1 viewer) [M].
    `relay_percent`: of a core, a relay at work with one viewer; `wake_us`: an ack that comes alone,
    and wakes a process that waits (bus.csv, 1 and 50 viewers) [M].
    `gate_us`: the checks of one packet of another machine (performance.md) [M].
    `join_us`, `join_tls_us`, `page_us`: a login, hello, first still and keyframe; TLS beside it;
    the page's files (on a busy machine) [M].
    `alone_ms`, `alone_p95_ms`: grabbed to received, with one viewer (crowd-720p.csv) [M].
    `hop_ms`, `hop_p95_ms`: one more host on the way (bench/far.py, busy machine) [M].
    `broker_ms`, `broker_p95_ms`: a broker in the same network [A].
    `broker_us`: CPU of the broker for one message to one node [A].
    `still_kb`, `keyframe_kb`, `page_kb`: what a newcomer is sent [A].
    `nic_gbit`, `cores`: of one machine; half of the wire is for bursts [A].
    `back_s`: how long pages wait before they connect again, at random up to this [A].
    """

    send_us: float = 4.98
    send_us_per_kb: float = 0.273
    protocol_us: float = 4.7
    tls_us: float = 20.5
    busy_factor: float = 1.0
    picture_us: float = 8_300.0
    relay_percent: float = 4.2
    wake_us: float = 95.0
    gate_us: float = 136.0
    join_us: float = 2_900.0
    join_tls_us: float = 1_300.0
    page_us: float = 1_800.0
    alone_ms: float = 7.9
    alone_p95_ms: float = 9.5
    hop_ms: float = 0.74
    hop_p95_ms: float = 5.8
    broker_ms: float = 0.5
    broker_p95_ms: float = 3.0
    broker_us: float = 3.0
    still_kb: float = 100.0
    keyframe_kb: float = 60.0
    page_kb: float = 150.0
    nic_gbit: float = 10.0
    cores: int = 8
    back_s: float = 2.0


MEASURED: Final = Costs()


@dataclass(frozen=True, slots=True)
class Load:
    """What each viewer gets. `kbyte`: of one picture, on average."""

    fps: float = FPS
    mbit: float = 1.33
    is_secure: bool = False

    @property
    def kbyte(self) -> float:
        return self.mbit * 1000 / 8 / self.fps


def viewer_us(load: Load, costs: Costs = MEASURED) -> float:
    """CPU of one picture for one viewer."""
    tls_us = costs.tls_us if load.is_secure else 0.0
    send_us = costs.send_us + costs.send_us_per_kb * load.kbyte
    return (send_us + costs.protocol_us + tls_us) * costs.busy_factor


def process_percent(viewers: int, load: Load, costs: Costs = MEASURED) -> float:
    """CPU of a process that captures, encodes and serves, in percent of one core."""
    return load.fps * (costs.picture_us + viewers * viewer_us(load, costs)) / 1e4


def relay_percent(viewers: int, load: Load, costs: Costs = MEASURED) -> float:
    """CPU of a process that only sends on, in percent of one core, as `top` shows it.

    Acks that come one by one each wake it, unless it is at work anyway. With more viewers more acks
    are read at once, so this says little about how many more it can have; `loop_capacity` does.
    """
    work = load.fps * (costs.gate_us + viewers * viewer_us(load, costs)) / 1e6
    wakes = load.fps * viewers * costs.wake_us / 1e6
    return costs.relay_percent + 100 * (work + wakes) / (1 + wakes)


def process_fps(viewers: int, load: Load, costs: Costs = MEASURED) -> float:
    """Pictures a second that each viewer of such a process gets, if it has one core."""
    picture_us = costs.picture_us + viewers * viewer_us(load, costs)
    return min(load.fps, CPU_BOUND * 1e6 / picture_us)


def age_ms(viewers: int, load: Load, costs: Costs = MEASURED) -> tuple[float, float]:
    """Grabbed to received on one process, p50 and p95 over all viewers.

    All viewers get a picture one after the other, so the median waits for half of them. Where the
    process is nearly full, pictures wait for each other as in a queue with constant service.
    """
    round_ms = viewers * viewer_us(load, costs) / 1000
    picture_ms = 1000 / load.fps
    busy = min(0.99, process_percent(viewers, load, costs) / 100)
    crowded = max(0.0, busy - FULL) / (2 * (1 - busy)) * picture_ms
    return (
        costs.alone_ms + round_ms / 2 + crowded / 2,
        costs.alone_p95_ms + 0.95 * round_ms + 1.5 * crowded,
    )


def loop_capacity(load: Load, costs: Costs = MEASURED) -> int:
    """Viewers of a process that only sends pictures on, on a core of its own."""
    spare_us = FULL * 1e6 / load.fps - costs.gate_us
    return int(spare_us / viewer_us(load, costs))


def node_capacity(load: Load, costs: Costs = MEASURED) -> tuple[int, str]:
    """Viewers of a machine that serves with all cores but one, and what bounds it."""
    by_cpu = loop_capacity(load, costs) * max(1, costs.cores - 1)
    by_nic = int(costs.nic_gbit * 1000 / 2 / load.mbit)
    return (by_cpu, "cores") if by_cpu <= by_nic else (by_nic, "network card")


@dataclass(frozen=True, slots=True)
class Plan:
    """Machines for so many viewers. Bitrates in Gbit/s; CPU in percent of one core.

    `to_viewers_gbit`: of all nodes together. `broker_out_gbit`: of all brokers together; `brokers`:
    how many are needed at half a network card each.
    """

    viewers: int
    nodes: int
    bound_by: str
    to_viewers_gbit: float
    broker_out_gbit: float
    broker_percent: float
    brokers: int
    age_p50_ms: float
    age_p95_ms: float


def plan(
    viewers: int, load: Load, costs: Costs = MEASURED, rooms: int = 1, spread: int | None = None
) -> Plan:
    """One picture for all in `rooms`, each of which is on `spread` nodes (None: on all)."""
    capacity, bound_by = node_capacity(load, costs)
    nodes = max(1, math.ceil(viewers / capacity))
    of_room = min(nodes, spread or nodes, max(1, math.ceil(viewers / rooms)))
    copies = rooms * of_room if nodes > 1 else 0
    out_gbit = copies * load.mbit / 1000
    messages = copies * load.fps
    on_loop = math.ceil(viewers / nodes / max(1, costs.cores - 1))
    p50, p95 = _fanned_out_ms(on_loop, load, costs)
    if nodes > 1:
        p50 += costs.hop_ms + costs.broker_ms
        p95 += math.hypot(costs.hop_p95_ms, costs.broker_p95_ms)
    return Plan(
        viewers,
        nodes,
        bound_by,
        viewers * load.mbit / 1000,
        out_gbit,
        messages * costs.broker_us / 1e4,
        math.ceil(out_gbit / (costs.nic_gbit / 2)) if nodes > 1 else 0,
        p50,
        p95,
    )


def _fanned_out_ms(viewers: int, load: Load, costs: Costs) -> tuple[float, float]:
    """The age on a process that does nothing but send."""
    return age_ms(viewers, load, replace(costs, picture_us=costs.gate_us))


@dataclass(frozen=True, slots=True)
class Storm:
    """Newcomers on one process. `all_s`: until the last has a picture. `worst_late_ms`: by how much
    pictures of those who were there came late, at worst. `fetched_gbyte`: what newcomers got."""

    all_s: float
    worst_late_ms: float
    fetched_gbyte: float


def storm(
    present: int, newcomers: int, within_s: float, load: Load, costs: Costs = MEASURED
) -> Storm:
    """Newcomers that come evenly `within_s`, step by step, a picture a step.

    In each step pictures of those present go out first; what is left of the step lets newcomers in.
    While nothing is left, at least one of them is let in, and pictures come late by that. A picture
    that would be late by more than a step is left out.
    """
    step_us = 1e6 / load.fps
    each_us = costs.join_us + costs.page_us + (costs.join_tls_us if load.is_secure else 0.0)
    waiting, arrived, late_us, worst_us, step = 0.0, 0, 0.0, 0.0, 0
    while arrived < newcomers or waiting >= 1:
        step += 1
        share = step / (within_s * load.fps) if within_s else 1.0
        due = min(newcomers, int(newcomers * share))
        waiting, arrived = waiting + due - arrived, due
        used_us = late_us + costs.gate_us + present * viewer_us(load, costs)
        let_in = min(waiting, max(1.0, (step_us - used_us) / each_us))
        waiting -= let_in
        present += int(let_in)
        over_us = max(0.0, used_us + let_in * each_us - step_us)
        worst_us, late_us = max(worst_us, over_us), min(over_us, step_us)
    each_kb = costs.page_kb + costs.still_kb + costs.keyframe_kb
    return Storm(step / load.fps, worst_us / 1000, newcomers * each_kb / 1e6)


def node_dies(planned: Plan, load: Load, costs: Costs = MEASURED) -> tuple[float, Storm]:
    """How much more the other nodes have then, as a share, and the storm on each of their loops."""
    others = planned.nodes - 1
    loops = max(1, costs.cores - 1)
    if not others:
        return math.inf, Storm(math.inf, 0, 0)
    of_node = planned.viewers // planned.nodes
    newcomers = math.ceil(of_node / others / loops)
    return 1 / others, storm(of_node // loops, newcomers, costs.back_s, load, costs)


def report(load: Load, costs: Costs, rooms: int, spread: int | None) -> None:
    """Print the table of docs/scale.md."""
    capacity, bound_by = node_capacity(load, costs)
    print(f"one picture for one viewer: {viewer_us(load, costs):.1f} µs")
    print(f"one core that only sends: {loop_capacity(load, costs)} viewers")
    print(f"one machine of {costs.cores} cores: {capacity} viewers, bound by its {bound_by}\n")
    print("viewers | nodes | to viewers | broker out | brokers | its CPU | p50, p95 | node dies")
    for viewers in VIEWERS:
        planned = plan(viewers, load, costs, rooms, spread)
        more, after = node_dies(planned, load, costs)
        dead = "all of it is gone" if more == math.inf else f"+{more:.1%}, {after.all_s:.1f} s"
        print(
            f"{viewers} | {planned.nodes} | {planned.to_viewers_gbit:.1f} Gbit/s | "
            f"{planned.broker_out_gbit:.2f} Gbit/s | {planned.brokers} | "
            f"{planned.broker_percent:.0f} % | {planned.age_p50_ms:.0f}, "
            f"{planned.age_p95_ms:.0f} ms | {dead}"
        )
    loop = loop_capacity(load, costs)
    print("\nof a full loop, come again at once | all have a picture | others' pictures late by")
    for share in (0.1, 0.25, 0.5, 0.9):
        newcomers = int(loop * share)
        came = storm(loop - newcomers, newcomers, 0, load, costs)
        print(f"{share:.0%}: {newcomers} | {came.all_s:.1f} s | {came.worst_late_ms:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mbit", type=float, default=Load().mbit, help="of each viewer")
    parser.add_argument("--fps", type=float, default=FPS)
    parser.add_argument("--https", action="store_true", help="this program ends TLS itself")
    parser.add_argument("--rooms", type=int, default=1)
    parser.add_argument("--spread", type=int, help="nodes that show one room; else all may")
    parser.add_argument("--cores", type=int, default=MEASURED.cores)
    parser.add_argument("--nic-gbit", type=float, default=MEASURED.nic_gbit)
    parser.add_argument("--busy", type=float, default=1.0, help="times the CPU of a quiet machine")
    options = parser.parse_args()
    costs = replace(
        MEASURED, cores=options.cores, nic_gbit=options.nic_gbit, busy_factor=options.busy
    )
    report(Load(options.fps, options.mbit, options.https), costs, options.rooms, options.spread)


if __name__ == "__main__":
    main()
