"""How many cores this process may use: its affinity, and the CPU quota of its container.

Any thread. A container often sees all cores of its machine and may use only a few of them; threads
beyond the quota are stopped by the kernel in the middle of a picture.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc/self/cgroup")
_MOUNT: Final = Path("/sys/fs/cgroup")


def usable_cores(groups: Path = _PROC, mount: Path = _MOUNT) -> int:
    """At least 1. `groups`: the list of this process's cgroups; `mount`: where they are."""
    quota = cpu_quota(groups, mount)
    return _cores_with_affinity() if quota is None else max(1, min(_cores_with_affinity(), quota))


def cpu_quota(groups: Path = _PROC, mount: Path = _MOUNT) -> int | None:
    """Whole cores that the cgroups of this process allow; None: no limit, or not Linux.

    A quota below one core counts as one. Each parent of a cgroup limits it too.
    """
    try:
        lines = groups.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    quotas = [quota for line in lines for quota in _quotas(line, mount)]
    return max(1, int(min(quotas))) if quotas else None


def _cores_with_affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1  # neither Windows nor macOS has an affinity by this name


def _quotas(line: str, mount: Path) -> list[float]:
    """The quotas in cores along one line of /proc/self/cgroup: "4:cpu,cpuacct:/a/b"."""
    number, _, rest = line.partition(":")
    controllers, _, path = rest.partition(":")
    if number == "0" and not controllers:
        return _along(mount, path, _unified)
    if "cpu" in controllers.split(","):
        return _along(mount / "cpu", path, _legacy) + _along(mount / controllers, path, _legacy)
    return []


def _along(
    mount: Path, path: str, read: Callable[[Path], float | None]
) -> list[float]:
    """The quotas of a cgroup and of its parents; a container may see only its own as the root."""
    own = mount / path.lstrip("/")
    found = [read(folder) for folder in (own, *own.parents) if folder.is_relative_to(mount)]
    return [quota for quota in found if quota is not None]


def _unified(folder: Path) -> float | None:
    """cgroup v2: "max 100000" or "150000 100000", both in microseconds."""
    with suppress(OSError, ValueError):
        quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
        return _share(quota, period)
    return None


def _legacy(folder: Path) -> float | None:
    """cgroup v1: two files; a quota of -1 is no limit."""
    with suppress(OSError, ValueError):
        quota = (folder / "cpu.cfs_quota_us").read_text(encoding="ascii")
        period = (folder / "cpu.cfs_period_us").read_text(encoding="ascii")
        return _share(quota, period)
    return None


def _share(quota: str, period: str) -> float | None:
    quota_us, period_us = int(quota), int(period)  # "max" is a ValueError: no limit
    return quota_us / period_us if quota_us > 0 and period_us > 0 else None
