"""Pipelines of spaCy with the bundled models, which need no network; the tests need spaCy."""

import pytest

pytest.importorskip("spacy", reason="spaCy (the extra 'spacy') is not installed")


@pytest.fixture(scope="session")
def nlp():
    """A pipeline with all bundled models and spaCy's tokenizer."""
    return made()


@pytest.fixture
def make():
    return made


def made(**config):
    import spacy

    nlp = spacy.blank("tr")
    nlp.add_pipe("vnlp", config={"threads": 1, "device": "cpu", **config})
    return nlp
