"""The cores that a process may use: its affinity and the quotas of its cgroups."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from samescreen.encode.cores import cpu_quota, usable_cores


@pytest.fixture
def groups(tmp_path: Path) -> Path:
    return tmp_path / "cgroup"


@pytest.fixture
def mount(tmp_path: Path) -> Path:
    return tmp_path / "mount"


def unified(folder: Path, limit: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.max").write_text(limit, encoding="ascii")


def legacy(folder: Path, quota: str, period: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.cfs_quota_us").write_text(quota, encoding="ascii")
    (folder / "cpu.cfs_period_us").write_text(period, encoding="ascii")


@pytest.mark.parametrize(
    ("limit", "quota"),
    [
        ("max 100000\n", None),
        ("400000 100000\n", 4),
        ("150000 100000\n", 1),
        ("1000 100000\n", 1),
        ("", None),
        ("x y", None),
        ("100000", None),
        ("100000 0", None),
        ("-1 100000", None),
    ],
)
def test_version_2(groups: Path, mount: Path, limit: str, quota: int | None) -> None:
    groups.write_text("0::/a/b\n", encoding="ascii")
    unified(mount / "a" / "b", limit)
    assert cpu_quota(groups, mount) == quota


def test_a_parent_limits_its_children(groups: Path, mount: Path) -> None:
    groups.write_text("0::/a/b\n", encoding="ascii")
    unified(mount / "a" / "b", "max 100000")
    unified(mount / "a", "300000 100000")
    unified(mount, "800000 100000")
    assert cpu_quota(groups, mount) == 3


def test_a_container_that_sees_its_own_group_as_the_root(groups: Path, mount: Path) -> None:
    groups.write_text("0::/outside/of/it\n", encoding="ascii")
    unified(mount, "200000 100000")
    assert cpu_quota(groups, mount) == 2


@pytest.mark.parametrize(
    ("line", "folder"),
    [("4:cpu,cpuacct:/a", "cpu,cpuacct/a"), ("4:cpu:/a", "cpu/a"), ("4:cpu,cpuacct:/a", "cpu/a")],
)
def test_version_1(groups: Path, mount: Path, line: str, folder: str) -> None:
    groups.write_text(f"5:memory:/m\n{line}\n0::/\n", encoding="ascii")
    legacy(mount / folder, "250000", "100000")
    assert cpu_quota(groups, mount) == 2
    legacy(mount / folder, "-1", "100000")
    assert cpu_quota(groups, mount) is None


@pytest.mark.parametrize("text", ["", "garbage", "0", "0::", "::::", "4:cpu"])
def test_garbage_is_no_limit(groups: Path, mount: Path, text: str) -> None:
    groups.write_text(text, encoding="ascii")
    assert cpu_quota(groups, mount) is None


def test_without_cgroups_the_affinity_decides(groups: Path, mount: Path) -> None:
    assert cpu_quota(groups, mount) is None
    assert 1 <= usable_cores(groups, mount) <= (os.cpu_count() or 1)


def test_the_smaller_of_quota_and_affinity_counts(
    groups: Path, mount: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 3, 5, 7}, raising=False)
    groups.write_text("0::/\n", encoding="ascii")
    unified(mount, "max 100000")
    assert usable_cores(groups, mount) == 4
    unified(mount, "300000 100000")
    assert usable_cores(groups, mount) == 3
    unified(mount, "900000 100000")
    assert usable_cores(groups, mount) == 4
