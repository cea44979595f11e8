"""Reading the JSON in which Keras writes a ``Tokenizer``."""

from __future__ import annotations

import json
from typing import Any

from vnlp_colab.encoding.vocabulary import Vocabulary
from vnlp_colab.errors import ConversionError


def read_keras_tokenizer(data: bytes, name: str) -> dict[str, Any]:
    """Read a tokenizer file and return the configuration of a ``Vocabulary``.

    Args:
        data: The file.
        name: What to call it in an error.

    Raises:
        ConversionError: The file is not such a JSON, or its numbers are not 1, 2, 3, ...
    """
    try:
        outer = json.loads(data)
        if isinstance(outer, str):  # Keras returns a string of JSON, which upstream wrote as JSON once more
            outer = json.loads(outer)
        config = outer["config"]
        index: dict[str, int] = dict(json.loads(config["word_index"]).items())
        oov, limit = config["oov_token"], config["num_words"]
        unknown = None if oov is None else index[oov]
        words = sorted(index, key=index.__getitem__)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConversionError(f"{name} is not a Keras tokenizer: {error}") from error
    if [index[word] for word in words] != list(range(1, len(words) + 1)):
        raise ConversionError(f"{name}: the numbers of its words are not 1 to {len(words)}")
    return Vocabulary(words, unknown).config(limit)


def dump_json(value: object) -> bytes:
    """Write JSON with the same bytes for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
