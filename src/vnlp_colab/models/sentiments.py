"""What sentiment analysers share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vnlp_colab.encoding.halving import Part
from vnlp_colab.models.inputs import as_texts


class TextSentiment:
    """Answers for texts as averages of those for their parts, where a text is too long for the network."""

    def predict(self, text: str) -> int:
        """1 if the text is positive, 0 if it is negative."""
        return self.predict_batch([text])[0]

    def predict_proba(self, text: str) -> float:
        """Probability that the text is positive."""
        return self.predict_proba_batch([text])[0]

    def predict_batch(self, batch: Sequence[str]) -> list[int]:
        """``predict`` of every text."""
        return [int(probability > 0.5) for probability in self.predict_proba_batch(batch)]

    def predict_proba_batch(self, batch: Sequence[str]) -> list[float]:
        """``predict_proba`` of every text, in order; an empty text has the probability of padding alone, as upstream's.

        Raises:
            InputError: An item is not a string.
        """
        parts: list[list[int]] = []
        shares: list[list[tuple[int, float]]] = []
        for text in as_texts(batch):
            found = self._cut(text)
            shares.append([(len(parts) + i, share) for i, (_, share) in enumerate(found)])
            parts.extend(numbers for numbers, _ in found)
        probability = self._probabilities(parts)
        return [float(sum(share * probability[i] for i, share in own)) for own in shares]

    def _cut(self, text: str) -> list[Part]:
        """Cut a text into parts that the network can read."""
        raise NotImplementedError

    def _probabilities(self, parts: Sequence[Sequence[int]]) -> npt.NDArray[np.float64]:
        """Return the probability ``(n,)`` of each of ``n`` parts."""
        raise NotImplementedError
