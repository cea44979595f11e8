"""Where files lie: a folder, or a URL under which there are files.

Taken are folders, ``file://``, ``https://`` and ``s3://`` URLs. ``http://`` is taken for this machine alone
(``localhost``, ``127.0.0.1``, ``::1``): whoever sits on the line could put his own model in the place of yours.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from vnlp_colab import catalog
from vnlp_colab.errors import InputError
from vnlp_colab.store import paths

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder or file, local or remote.

    Attributes:
        scheme: ``file``, ``https``, ``http`` or ``s3``.
        address: The path for ``file``; else the URL, without a slash at its end.
    """

    scheme: str
    address: str

    def __str__(self) -> str:
        """Return what a person recognises: the path, or the URL."""
        return self.address

    @property
    def path(self) -> Path | None:
        """The path, where there is one."""
        return Path(self.address) if self.scheme == "file" else None

    @property
    def is_local(self) -> bool:
        """Whether it is reached without a network."""
        return self.scheme == "file"

    def child(self, *names: str) -> Place:
        """Return the file or folder of that name inside this one."""
        if self.scheme == "file":
            return Place(self.scheme, str(Path(self.address, *names)))
        escaped = names if self.scheme == "s3" else tuple(quote(name) for name in names)
        return Place(self.scheme, "/".join((self.address, *escaped)))


def weights_place() -> tuple[Place, bool]:
    """Return where weights are taken from, and whether the user named that place.

    Raises:
        InputError: If what the user named is no place.
    """
    configured = os.environ.get(paths.WEIGHTS_VARIABLE, "").strip()
    return parse(configured or catalog.BUCKET, paths.WEIGHTS_VARIABLE), bool(configured)


def store_place() -> Place | None:
    """Return the configured store of converted models, if there is one.

    Raises:
        InputError: If what the user named is no place.
    """
    configured = os.environ.get(paths.STORE_VARIABLE, "").strip()
    return parse(configured, paths.STORE_VARIABLE) if configured else None


def parse(text: str, called: str) -> Place:
    """Return the place that ``text`` names.

    Args:
        text: A path or a URL.
        called: Where the text comes from, for the message of an error.

    Raises:
        InputError: If the URL is of a kind that is not taken.
    """
    found = _URL.match(text)
    if found is None:
        return Place("file", str(Path(text).expanduser().absolute()))
    scheme = found[1].lower()
    try:
        url = urlsplit(text)
        host = url.hostname or ""
    except ValueError as error:
        raise InputError(f"{called}: {text!r} is not a URL: {error}") from error
    if url.query or url.fragment or "@" in url.netloc:
        # The text would show up in messages and logs, credentials and all.
        raise InputError(
            f"{called} must be a plain URL, without credentials, query or fragment; credentials belong into "
            "the AWS settings, or into .netrc for https"
        )
    if scheme == "file":
        if host not in {"", "localhost"}:
            raise InputError(f"{called}: {text!r} names the machine {host}; file URLs begin with file:///")
        # Here, because it brings a client of HTTP along, which a model that is in the cache does without.
        from urllib.request import url2pathname

        return Place("file", str(Path(url2pathname(url.path)).absolute()))
    if scheme not in {"https", "http", "s3"}:
        raise InputError(f"{called}: {text!r} is neither a folder nor a file://, https:// or s3:// URL")
    if not host:
        raise InputError(f"{called}: {text!r} names no {'bucket' if scheme == 's3' else 'host'}")
    if scheme == "http" and not is_loopback(host):
        raise InputError(f"{called}: {text!r} is not encrypted; http:// is taken for this machine only: use https://")
    return Place(scheme, f"{scheme}://{url.netloc}{url.path}".rstrip("/"))


def is_loopback(host: str) -> bool:
    """Tell whether a host's name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
