"""What control groups allow, from folders in their two forms."""

import pytest

from vnlp_colab.runtime import limits


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """Write ``/proc/self/cgroup`` and the files under ``/sys/fs/cgroup``."""

    def write(own, files):
        (tmp_path / "own").write_text(own)
        for name, content in files.items():
            path = tmp_path / "groups" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)

    monkeypatch.setattr(limits, "_OWN", tmp_path / "own")
    monkeypatch.setattr(limits, "_GROUPS", tmp_path / "groups")
    return write


@pytest.mark.parametrize(
    ("own", "files", "quota"),
    [
        ("0::/\n", {}, None),
        ("0::/\n", {"cpu.max": "150000 100000\n"}, 1.5),
        ("0::/\n", {"cpu.max": "max 100000\n"}, None),
        ("0::/a/b\n", {"cpu.max": "max 100000", "a/cpu.max": "200000 100000", "a/b/cpu.max": "max 100000"}, 2),
        ("0::/a\n", {"cpu.max": "300000 100000", "a/cpu.max": "400000 100000"}, 3),
        ("0::/not/mounted\n", {"cpu.max": "100000 100000"}, 1),
        ("3:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ("4:cpu,x:/a\n", {"cpu,x/a/cpu.cfs_quota_us": "50000", "cpu,x/a/cpu.cfs_period_us": "100000"}, 0.5),
        ("3:cpu:/\n", {"cpu/cpu.cfs_quota_us": "50000"}, None),
        ("1:name=systemd:/\n5:cpuset:/\n", {"cpu.max": "1 1"}, None),
        ("0::/\n", {"cpu.max": ""}, None),
    ],
)
def test_processor_quota(groups, own, files, quota):
    groups(own, files)
    assert limits.processor_quota() == quota


@pytest.mark.parametrize(
    ("own", "files", "limit"),
    [
        ("0::/\n", {}, None),
        ("0::/a\n", {"memory.max": "max", "a/memory.max": "1073741824\n"}, 1 << 30),
        ("2:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712"}, None),
        ("2:memory:/a\n", {"memory/memory.limit_in_bytes": "500", "memory/a/memory.limit_in_bytes": "900"}, 500),
    ],
)
def test_memory_limit(groups, own, files, limit):
    groups(own, files)
    assert limits.memory_limit() == limit


def test_a_system_without_control_groups(monkeypatch, tmp_path):
    monkeypatch.setattr(limits, "_OWN", tmp_path / "nowhere")
    assert limits.processor_quota() is None
    assert limits.memory_limit() is None
