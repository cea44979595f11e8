"""The models as a component of spaCy, ``nlp.add_pipe("vnlp")``, and their tokenizer as one of spaCy's.

spaCy finds both by their entry points, without an import. Importing this package defines the attributes
``doc._.sentiment`` and ``token._.analysis``, for processes that read annotated docs and have no pipeline.
"""

from __future__ import annotations

from vnlp_colab.errors import MissingExtra

try:
    from spacy.tokens import Doc, Token
except ImportError as error:
    raise MissingExtra("spaCy", "spacy", "the component of spaCy") from error

for _kind, _name in ((Doc, "sentiment"), (Token, "analysis")):
    if not _kind.has_extension(_name):
        _kind.set_extension(_name, default=None)
