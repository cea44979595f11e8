"""A few stems and suffixes, enough to reach every rule of the analyser, and the analyser by definition."""

from __future__ import annotations

import re

from vnlp_colab.models.morphology.spelling import (
    DICTIONARY_FORM,
    capitalised,
    dictionary_pairs,
    starts_capital,
)
from vnlp_colab.models.morphology.tables import AnalyserTables, Analysis
from vnlp_colab.text.casing import lower_case
from vnlp_colab.text.compose import plain_spelling

ADJ, NOUN, PRON, VERB, PROPER = 1, 64, 256, 1024, 4096

STEMS = {
    "ev": NOUN,
    "kitap": NOUN,
    "ağız": NOUN,
    "his": NOUN,
    "bekle": VERB,
    "ye": VERB,
    "et": VERB,
    "ben": PRON,
    "profesör": NOUN,
    "soylu": PROPER,
    "son": ADJ + NOUN + PROPER,
    "Cin": PROPER,
    "Çin": PROPER,
    "İzmir": PROPER,
    "Sirnak": PROPER,
    "Ankara": PROPER,
    "Ev": NOUN,
    "Ç": PROPER,
    "-3": NOUN,
}
SUFFIXES = [
    ("null", "Adj"),
    ("null", "Noun+A3sg+Pnon+Nom"),
    ("null", "Noun+Prop+A3sg+Pnon+Nom"),
    ("null", "Num+Card"),
    ("null", "Noun+Time+A3sg+Pnon+Nom"),
    ("null", "Verb+Pos+Imp+A2sg"),
    ("null", "Punc"),
    ("null", "Noun+A3sg+Pnon+Nom"),
    ("de", "Noun+A3sg+Pnon+Loc"),
    ("de", "Noun+Prop+A3sg+Pnon+Loc"),
    ("de", "Num+Card^DB+Noun+Zero+A3sg+Pnon+Loc"),
    ("'de", "Noun+Prop+A3sg+Pnon+Loc"),
    ("'de", "Noun+A3sg+Pnon+Loc+Apos"),
    ("'ünki", "Noun+Prop+A3sg+Pnon+Gen^DB+Pron+Rel+A3sg+Pnon+Nom"),
    ("ki'de", "Noun+Prop+A3sg+Pnon+Loc"),
    ("a", "Noun+A3sg+Pnon+Dat"),
    ("a", "Pron+Pers+A1sg+Pnon+Dat"),
    ("ı", "Noun+A3sg+Pnon+Acc"),
    ("ı", "Noun+A3sg+P3sg+Nom"),
    ("i", "Noun+A3sg+Pnon+Acc"),
    ("ım", "Noun+A3sg+P1sg+Nom"),
    ("yor", "Verb+Pos+Prog1+A3sg"),
    ("iyor", "Verb+Pos+Prog1+A3sg"),
    ("er", "Verb+Pos+Aor+A3sg"),
]
EXACT = {"son": "/son+Adj /son+Noun+A3sg+Pnon+Nom /son+Adj", "onda": "nda/o+Pron+Demons+A3sg+Pnon+Loc^DB+Adj"}

TINY_STEMS = "".join(f"{stem}\t{flags}\n" for stem, flags in STEMS.items())
TINY_SUFFIXES = "".join(f"{suffix}\t{analysis}\n" for suffix, analysis in SUFFIXES)
TINY_EXACT = "".join(f"{word}\t{analyses}\n" for word, analyses in EXACT.items())


def defined_analyses(tables: AnalyserTables, word: str, compat: bool = False) -> list[Analysis]:
    """Analyse by definition: every cut, every proposed form, nothing skipped and nothing sliced twice."""
    word = word if compat else plain_spelling(word)
    lowered = lower_case(word)
    if lowered in tables.exact:
        return list(tables.exact[lowered])
    pairs: list[tuple[str, str]] = []
    for cut in range(1, len(word)):
        before, after = word[:cut], lower_case(word[cut:])
        pairs += dictionary_pairs(lower_case(before), after)
        if starts_capital(before):
            pairs += dictionary_pairs(capitalised(before, compat), after)
    pairs.append((lowered, ""))
    if starts_capital(word):
        pairs.append((capitalised(word, compat), ""))
    found: list[Analysis] = []
    for proposed, suffix in pairs:
        root = DICTIONARY_FORM.get(proposed, proposed)
        for sequence in _sequences(tables, suffix):
            analysis = Analysis(lower_case(root), suffix, tuple(tables.sequences[sequence].split("+")))
            new = all((old.root, old.tags) != (analysis.root, analysis.tags) for old in found)
            if new and tables.admitted[sequence] & _admits(tables, root, suffix, compat):
                found.append(analysis)
    return found or [Analysis(lowered, "", ("Unknown",))]


def _sequences(tables: AnalyserTables, suffix: str) -> list[int]:
    if not suffix:
        return list(tables.bare)
    spellings = (suffix, suffix[1:]) if suffix[0] == "'" else (suffix,)
    known = [tables.lists[tables.suffixes[spelling]] for spelling in spellings if spelling in tables.suffixes]
    return list(dict.fromkeys(sequence for sequences in known for sequence in sequences))


def _admits(tables: AnalyserTables, root: str, suffix: str, compat: bool) -> int:
    if root and not re.search("[A-Za-zışğüçöÜĞİŞÇÖ]", root):
        return tables.numeral if re.match(r"^.*[0-9].*$", root) else tables.punctuation
    if root in tables.stems:
        return tables.stems[root]
    if not compat and root[:1] in tuple("ÇĞİÖŞÜ") and capitalised(root, plain=True) in tables.stems:
        return tables.stems[capitalised(root, plain=True)]
    return tables.proper if "'" in suffix and suffix in tables.suffixes else 0
