"""Reading and writing files at a place, with bounded retries, bounded silence, and every byte checked.

The transports are ``requests`` for https and, in the extra ``store``, ``boto3`` for S3, which finds endpoint, region
and credentials as every AWS tool does. ``s3fs`` would serve both but pins one release of ``fsspec`` and of
``botocore``, and runs an event loop in a thread of its own; ``smart_open`` wraps these same two libraries but retries
S3 reads by itself, up to half a minute of waiting that cannot be turned off; ``obstore`` is one small wheel but
ignores AWS profiles, and its time limit holds for a whole file instead of for a silence.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, TypeVar

from vnlp_colab.errors import CorruptDownload, ModelNotAvailable, OfflineError, StorageError
from vnlp_colab.store import paths
from vnlp_colab.store.atomic import remove_quietly
from vnlp_colab.store.places import Place
from vnlp_colab.store.remotes import S3, Http, Missing, Remote, Trouble

_LOG = logging.getLogger(__name__)
_CHUNK = 1 << 16
_PAUSE = 0.5
_LONGEST_PAUSE = 8.0
# Bytes a second below which a server counts as stalled even though it sends now and then.
_SLOWEST = 16 << 10

Result = TypeVar("Result")
Tick = Callable[[int], object]


class Transport:
    """Connections to places; made for one task, and used by one thread.

    Attributes:
        timeout: Seconds that a server may stay silent.
        attempts: How often a transfer is begun before it counts as failed.
    """

    def __init__(self) -> None:
        self.timeout = paths.timeout()
        self.attempts = paths.attempts()
        self._remotes: dict[str, Remote] = {}

    def read(self, place: Place, *, limit: int, sha256: str | None = None) -> bytes:
        """Return a file's content.

        Args:
            place: The file.
            limit: Bytes beyond which it is refused.
            sha256: Hex digest that it must have, where it is known.

        Raises:
            Missing: There is no such file.
            ModelNotAvailable: The access is refused, or the server fails.
            OfflineError: The network is forbidden, or the server is silent or out of reach.
            CorruptDownload: The file is cut off, larger than ``limit``, or has another digest.
        """

        def once() -> bytes:
            buffer = io.BytesIO()
            self._copy(place, buffer, limit, None, sha256, None)
            return buffer.getvalue()

        return self._persist(place, once)

    def download(self, place: Place, target: Path, *, size: int, sha256: str, tick: Tick | None = None) -> None:
        """Copy a file to ``target``; if that fails, what is there is deleted.

        Args:
            place: The file.
            target: A path where nothing is yet, and nobody looks for the file.
            size: Bytes that it must have.
            sha256: Hex digest that it must have.
            tick: Called with the number of bytes that have come; negative when an attempt starts anew.

        Raises:
            VNLPError: As ``read`` does.
        """

        def once() -> None:
            done = 0

            def count(arrived: int) -> None:
                nonlocal done
                done += arrived
                if tick is not None:
                    tick(arrived)

            try:
                with target.open("wb") as stream:
                    self._copy(place, stream, size, size, sha256, count)
            except BaseException:
                remove_quietly(target)
                if tick is not None:
                    tick(-done)
                raise

        self._persist(place, once)

    def write(self, place: Place, content: bytes | Path) -> None:
        """Put a file at a remote place, over what is there.

        Raises:
            ModelNotAvailable: The access is refused, or the server fails.
            OfflineError: The network is forbidden, or the server is silent or out of reach.
        """

        def once() -> None:
            with contextlib.ExitStack() as stack:
                body = content if isinstance(content, bytes) else stack.enter_context(content.open("rb"))
                self._remote(place).write(place, body)

        self._persist(place, once)

    def close(self) -> None:
        """Close what is open."""
        for remote in self._remotes.values():
            remote.close()
        self._remotes.clear()

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *details: object) -> None:
        self.close()

    def _remote(self, place: Place) -> Remote:
        if place.scheme not in self._remotes:
            self._remotes[place.scheme] = S3(self.timeout) if place.scheme == "s3" else Http(self.timeout)
        return self._remotes[place.scheme]

    def _copy(
        self, place: Place, target: IO[bytes], limit: int, size: int | None, sha256: str | None, tick: Tick | None
    ) -> None:
        """Copy a file once. What ``target`` holds after an error is worth nothing."""
        digest, count = hashlib.sha256(), 0
        until = time.monotonic() + self.timeout + limit / _SLOWEST
        with self._chunks(place) as chunks:
            for chunk in chunks:
                count += len(chunk)
                if count > limit:
                    raise Trouble(f"it is larger than the {limit:,} bytes that it may have", corrupt=True, retry=False)
                if time.monotonic() > until:
                    raise Trouble(f"only {count:,} bytes came in {self.timeout + limit / _SLOWEST:.0f} seconds")
                digest.update(chunk)
                target.write(chunk)
                if tick is not None:
                    tick(len(chunk))
        if size is not None and count != size:
            raise Trouble(f"{count:,} bytes came where {size:,} are expected", corrupt=True)
        if sha256 is not None and digest.hexdigest() != sha256:
            raise Trouble(f"its sha256 is {digest.hexdigest()} where {sha256} is expected", corrupt=True)

    @contextlib.contextmanager
    def _chunks(self, place: Place) -> Iterator[Iterator[bytes]]:
        path = place.path
        if path is not None:
            try:
                stream = path.open("rb")
            except (FileNotFoundError, NotADirectoryError) as error:
                raise Trouble("there is no such file", missing=True, retry=False) from error
            except OSError as error:
                raise Trouble(error.strerror or str(error), refused=True, retry=False) from error
            with stream:
                yield iter(lambda: stream.read(_CHUNK), b"")
        else:
            with self._remote(place).open(place) as chunks:
                yield chunks

    def _persist(self, place: Place, once: Callable[[], Result]) -> Result:
        """Do ``once`` until it works, an error is final, or all attempts are used."""
        if not place.is_local and paths.offline():
            raise OfflineError(f"{place} is not read: {paths.OFFLINE_VARIABLE} forbids the network")
        for attempt in range(1, self.attempts + 1):
            try:
                return once()
            except Trouble as trouble:
                # A local file is the same the next time.
                if place.is_local or not trouble.retry or attempt == self.attempts:
                    raise _final(place, trouble, attempt) from trouble
                pause = min(_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE)
                _LOG.info("%s: %s; attempt %d, again in %.1f s", place, trouble, attempt, pause)
                time.sleep(pause)
            except OSError as error:  # of the target: what a remote raises, Remote has turned into Trouble
                raise StorageError(f"cannot write what comes from {place}: {error}") from error
        raise AssertionError("unreachable: there is at least one attempt")


def _final(place: Place, trouble: Trouble, attempts: int) -> Exception:
    kind: Callable[[str], Exception]
    if trouble.missing:
        kind = Missing
    elif trouble.corrupt:
        kind = CorruptDownload
    else:
        kind = ModelNotAvailable if trouble.refused else OfflineError
    tried = f" ({attempts} attempt{'s' if attempts > 1 else ''})" if not place.is_local else ""
    return kind(f"{place}: {trouble}{tried}")


def bar(total: int, label: str, shown: bool) -> Any:
    """Return a progress bar for bytes on stderr; one that shows nothing if it is not wanted."""
    from tqdm.auto import tqdm

    return tqdm(total=total, desc=label, unit="B", unit_scale=True, unit_divisor=1024, disable=not shown)
