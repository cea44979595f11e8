"""The first process of a sandbox: mounts what the container sees, and becomes its command.

Run as ``python -I sandbox_init.py OPTIONS COMMAND...`` in new namespaces, with all capabilities in them.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

_CLEAR_AMBIENT = (47, 4, 0, 0, 0)
_SET_FLAGS, _UP = 0x8914, 0x1


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


def bind(source: Path, target: Path, read_only: bool = True) -> None:
    """Show a folder, and what is mounted under it, at another place too."""
    target.mkdir(parents=True, exist_ok=True)
    mount("--rbind", str(source), str(target))
    if read_only:
        mount("-o", "remount,bind,ro", str(target))


def base_image(root: Path, prefix: Path) -> None:
    """Stand in for the base image: this machine's system, and its Python where images of Python have theirs."""
    for name in ("usr", "etc", "bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        source, target = Path("/", name), root / name
        if source.is_symlink():
            if not target.is_symlink():
                target.symlink_to(source.readlink())
        elif source.is_dir():
            bind(source, target)
    if prefix == Path("/usr"):
        mount("-t", "tmpfs", "tmpfs", str(root / "usr/local"))
        (root / "usr/local/bin").mkdir()
        (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    else:
        bind(prefix, root / "usr/local")
        # Its programs may look for their shared library where they were installed.
        bind(prefix, root / prefix.relative_to("/"))


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        fcntl.ioctl(link, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))


def main() -> None:
    options, command = json.loads(sys.argv[1]), sys.argv[2:]
    root = Path(options["root"])
    mount("--make-rprivate", "/")
    mount("--rbind", str(root), str(root))
    base_image(root, Path(options["prefix"]))
    bind(Path("/dev"), root / "dev", read_only=False)
    mount("-t", "proc", "proc", str(root / "proc"))
    if options.get("read_only"):
        mount("-t", "tmpfs", "tmpfs", str(root / "tmp"))
        mount("-o", "remount,bind,ro", str(root))
    if options.get("loopback"):
        loopback_up()
    os.chroot(root)
    os.chdir(options["directory"])
    # From here on it has the rights of its user, and no more.
    ctypes.CDLL(None, use_errno=True).prctl(*_CLEAR_AMBIENT)
    os.execvpe(command[0], command, os.environ)


if __name__ == "__main__":
    main()
