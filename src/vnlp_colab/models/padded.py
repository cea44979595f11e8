"""What models over padded sequences share."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from vnlp_colab.models.loading import Parts
from vnlp_colab.runtime.padded import PaddedNetwork
from vnlp_colab.runtime.session import Graph


class PaddedGraphs:
    """The graphs of a model: two that leave out what is known of the padding, and the whole network.

    Attributes:
        length: Symbols of a padded sequence.
    """

    def __init__(self, name: str, device: str, *, mirrored: bool) -> None:
        """Open the two graphs.

        Args:
            name: The model's name in the catalog.
            device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
            mirrored: Padding comes first, so that sequences are read backwards.
        """
        self._parts = parts = Parts(name, device)
        self.length: int = parts.json("config")["length"]
        self._padded = PaddedNetwork(parts.graph("outward"), parts.graph("trimmed"), self.length, mirrored=mirrored)

    @cached_property
    def whole(self) -> Graph:
        """The whole network, over padded sequences."""
        return self._parts.graph("network")


class PaddedModel:
    """A model that gives those who run the whole network themselves its session, opened when asked for."""

    _network: PaddedGraphs

    @property
    def inference_session(self) -> Any:
        """The whole network's session."""
        return self._network.whole.session

    @property
    def input_names(self) -> list[str]:
        """Its input."""
        return self._network.whole.input_names

    @property
    def output_name(self) -> str:
        """Its probabilities."""
        return self._network.whole.output_names[0]
