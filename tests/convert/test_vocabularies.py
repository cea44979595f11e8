"""Keras's tokenizer files: read right, or refused with their name."""

from __future__ import annotations

import json

import pytest
from convert_fakes import keras_tokenizer

from vnlp_colab.convert.vocabularies import dump_json, read_keras_tokenizer
from vnlp_colab.errors import ConversionError


@pytest.mark.parametrize("twice", [True, False])
def test_a_tokenizer(twice: bool) -> None:
    data = keras_tokenizer(3, "<OOV>", twice=twice, limit=10)
    assert read_keras_tokenizer(data, "words") == {"words": ["<OOV>", "w0", "w1"], "oov": 1, "limit": 10}


def test_numbers_give_the_order() -> None:
    config = {"word_index": json.dumps({"b": 2, "c": 3, "a": 1}), "oov_token": None, "num_words": None}
    assert read_keras_tokenizer(json.dumps({"config": config}).encode(), "x")["words"] == ["a", "b", "c"]


def tokenizer(**changes: object) -> bytes:
    config = {"word_index": json.dumps({"a": 1, "b": 2}), "oov_token": None, "num_words": None, **changes}
    return json.dumps({"config": {key: value for key, value in config.items() if value != "gone"}}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"7",
        b"null",
        b'"text"',
        b"{}",
        b'{"config": []}',
        tokenizer(word_index="gone"),
        tokenizer(oov_token="gone"),
        tokenizer(num_words="gone"),
        tokenizer(word_index={"a": 1}),
        tokenizer(word_index="[1, 2]"),
        tokenizer(word_index="7"),
        tokenizer(word_index='{"a": 1, "b": "2"}'),
        tokenizer(word_index='{"a": 1, "b": 3}'),
        tokenizer(word_index='{"a": 0, "b": 1}'),
        tokenizer(word_index='{"a": 1, "b": 1}'),
        tokenizer(oov_token="<OOV>"),
        tokenizer(word_index="[" * 5000),
        b"[" * 100_000,
    ],
)
def test_other_files(data: bytes) -> None:
    with pytest.raises(ConversionError, match="my labels"):
        read_keras_tokenizer(data, "my labels")


def test_json_is_the_same_for_the_same_value() -> None:
    assert dump_json({"b": "ı", "a": [1]}) == dump_json({"a": [1], "b": "ı"}) == '{"a":[1],"b":"ı"}'.encode()
