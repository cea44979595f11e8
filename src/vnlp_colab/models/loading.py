"""Opening converted models once a process, whoever asks for them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from vnlp_colab import catalog
from vnlp_colab.encoding.vocabulary import Vocabulary
from vnlp_colab.runtime.forking import WORK, ForkLock
from vnlp_colab.runtime.session import Graph, open_session
from vnlp_colab.store import Bundle, bundle

Engine = TypeVar("Engine")

_shared: dict[Hashable, Any] = {}
_lock = ForkLock()


def shared(key: Hashable, make: Callable[[], Engine]) -> Engine:
    """Return the object made for a key, making it the first time.

    Sessions hold tens of megabytes and take long to open, and they are safe to share, so that every model object of
    one configuration uses the same ones. A process does not fork meanwhile, since a runtime that opens a session holds
    locks of its own.
    """
    with WORK.in_hand(), _lock:
        if key not in _shared:
            _shared[key] = make()
        found: Engine = _shared[key]
        return found


@dataclass(frozen=True)
class Opened:
    """What a process has loaded of a model.

    Attributes:
        digest: The digest of its files (``Bundle.digest``), which the cache may not hold any more.
        providers: The execution providers of its sessions.
    """

    digest: str
    providers: set[str] = field(default_factory=set)


_opened: dict[tuple[str, str], Opened] = {}


def opened(name: str, device: str) -> Opened | None:
    """Return what this process has loaded of a model of the cache for a device, or ``None``."""
    return _opened.get((name, device))


class Parts:
    """The files of a converted model, opened on one device.

    Attributes:
        name: The model's name in the catalog.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        precision: How its weights are stored, where not exactly; what it shares with others has the same.
    """

    def __init__(self, model: str | Bundle, device: str, progress: bool | None = None) -> None:
        """Open a model of the catalog, from the cache where it is there, or one that is at hand."""
        self._bundle = model if isinstance(model, Bundle) else bundle(model, progress=progress)
        self.name = self._bundle.name
        self.precision = catalog.split_precision(self.name)[1]
        self.device = device
        self._record = Opened(self._bundle.digest)
        if isinstance(model, str):
            _opened[self.name, device] = self._record

    def graph(self, stem: str) -> Graph:
        """Open ``<stem>.onnx``."""
        graph = Graph(open_session(self._bundle.path(f"{stem}.onnx"), self.device))
        self._record.providers.add(graph.session.get_providers()[0])
        return graph

    def tables(self, stem: str) -> dict[str, Any]:
        """The arrays of a graph without inputs."""
        return self.graph(stem).table()

    def json(self, stem: str) -> Any:
        """Read ``<stem>.json``."""
        return self._bundle.read_json(f"{stem}.json")

    def file(self, name: str) -> bytes:
        """Read a file."""
        return self._bundle.path(name).read_bytes()

    def vocabulary(self, stem: str) -> Vocabulary:
        """Read a vocabulary."""
        return Vocabulary.from_config(self.json(stem))
