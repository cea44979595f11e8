"""A cache of vectors that outlives batches, bounded by bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple
from weakref import WeakSet

import numpy as np

from vnlp_colab.runtime.forking import ForkLock
from vnlp_colab.runtime.recurrence import Floats
from vnlp_colab.text.remembering import LONGEST


class CacheStatistics(NamedTuple):
    """What caches of vectors did so far.

    Attributes:
        hits: Vectors found.
        misses: Vectors computed.
        vectors: Vectors held now.
        bytes: Their size, without that of their keys.
    """

    hits: int
    misses: int
    vectors: int
    bytes: int

    @property
    def hit_rate(self) -> float:
        """Share of the vectors asked for that were found; 0 before any was asked for."""
        return self.hits / max(1, self.hits + self.misses)


_caches: WeakSet[VectorCache] = WeakSet()
_caches_lock = ForkLock()


def cache_statistics() -> CacheStatistics:
    """What all caches of this process did so far; worker processes have caches of their own."""
    with _caches_lock:
        parts = [cache.statistics() for cache in _caches]
    return CacheStatistics(*(sum(column) for column in zip((0, 0, 0, 0), *parts, strict=True)))


class VectorCache:
    """Keeps the most recently used vectors of a given size.

    Attributes:
        hits: Keys found so far.
        misses: Keys computed so far.
    """

    def __init__(self, size: int, max_bytes: int = 32 << 20) -> None:
        """Make an empty cache.

        Args:
            size: Elements a vector (float32).
            max_bytes: Bound on the vectors' memory; their keys, of which none is long, come on top.
        """
        self.size = size
        self.capacity = max(1, max_bytes // (4 * size))
        self.hits = 0
        self.misses = 0
        self._rows: OrderedDict[Hashable, Floats] = OrderedDict()
        self._lock = ForkLock()
        with _caches_lock:
            _caches.add(self)

    def statistics(self) -> CacheStatistics:
        """What this cache did so far."""
        with self._lock:
            return CacheStatistics(self.hits, self.misses, len(self._rows), 4 * self.size * len(self._rows))

    def fetch(self, keys: Sequence[Hashable], compute: Callable[[Sequence[Hashable]], Floats]) -> Floats:
        """The vectors of distinct keys, computing those that are not there.

        Args:
            keys: Distinct keys. Vectors of texts and tuples of more than ``LONGEST`` elements are not kept, so that
                the keys stay small beside the vectors.
            compute: Takes the missing keys, returns ``(missing, size)`` float32.

        Returns:
            ``(len(keys), size)`` float32, a fresh array.
        """
        result = np.empty((len(keys), self.size), np.float32)
        missing: list[int] = []
        with self._lock:
            for i, key in enumerate(keys):
                row = self._rows.get(key)
                if row is None:
                    missing.append(i)
                else:
                    self._rows.move_to_end(key)
                    result[i] = row
            self.hits += len(keys) - len(missing)
            self.misses += len(missing)
        if missing:
            # Outside the lock: two threads may compute the same vector, which costs less than waiting.
            found = compute([keys[i] for i in missing])
            result[missing] = found
            with self._lock:
                for i, row in zip(missing, found, strict=True):
                    if not _is_long(keys[i]):
                        self._rows[keys[i]] = row.copy()
                while len(self._rows) > self.capacity:
                    self._rows.popitem(last=False)
        return result


def _is_long(key: Hashable) -> bool:
    return isinstance(key, str | tuple) and len(key) > LONGEST
