"""Morphological analyses in Oflazer's notation, ``ev+Noun+A3sg+Loc``, and what Universal Dependencies make of them.

An analysis is a root and inflectional groups, with ``^DB`` between them where one word is derived from another. The
last group tells what the word is in its sentence, so it decides. Three things are taken from the groups before it,
because in Universal Dependencies participles, verbal nouns and converbs are forms of their verb: polarity, voice, and
the tense that a converb like ``gelirken`` is built on. The table is docs/features.md, and a test holds it to this
module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from vnlp_colab.text.remembering import LONGEST_ANALYSIS, Remembered

# A root is lower case, a tag starts with an ASCII capital: so a "+" inside the root ("90+3", "c++") is never
# taken for the start of the tags.
_TAGS = re.compile(r"(?:[+^][A-Z][^+^]*)+$")
_BORDER = "^DB"

Features = dict[str, str]

NOMINAL: Final[Mapping[str, Features]] = {
    **{case: {"Case": case} for case in ("Nom", "Acc", "Dat", "Loc", "Abl", "Gen", "Ins", "Equ")},
    **{
        f"P{person}{tag}": {"Number[psor]": number, "Person[psor]": str(person)}
        for person in (1, 2, 3)
        for tag, number in (("sg", "Sing"), ("pl", "Plur"))
    },
}
AGREEMENT: Final[Mapping[str, Features]] = {
    f"A{person}{tag}": {"Number": number, "Person": str(person)}
    for person in (1, 2, 3)
    for tag, number in (("sg", "Sing"), ("pl", "Plur"))
}
VERBAL: Final[Mapping[str, Features]] = {
    "Pos": {"Polarity": "Pos"},
    "Neg": {"Polarity": "Neg"},
    "Past": {"Aspect": "Perf", "Evident": "Fh", "Tense": "Past"},
    "Narr": {"Evident": "Nfh", "Tense": "Past"},
    "Prog1": {"Aspect": "Prog", "Tense": "Pres"},
    "Prog2": {"Aspect": "Prog", "Tense": "Pres"},
    "Aor": {"Aspect": "Hab", "Tense": "Pres"},
    "Fut": {"Aspect": "Imp", "Tense": "Fut"},
    "Pres": {"Tense": "Pres"},
    "Imp": {"Mood": "Imp"},
    "Opt": {"Mood": "Opt"},
    "Cond": {"Mood": "Cnd"},
    "Desr": {"Mood": "Des"},
    "Neces": {"Mood": "Nec"},
    "Able": {"Mood": "Pot"},
    "Hastily": {"Aspect": "Rapid"},
    "Caus": {"Voice": "Cau"},
    "Pass": {"Voice": "Pass"},
    "Recip": {"Voice": "Rcp"},
    "Reflex": {"Voice": "Rfl"},
}
NONFINITE: Final[Mapping[str, Features]] = {
    "Inf1": {"VerbForm": "Vnoun"},
    "Inf2": {"VerbForm": "Vnoun"},
    "Inf3": {"VerbForm": "Vnoun"},
    "PresPart": {"Tense": "Pres", "VerbForm": "Part"},
    "PastPart": {"Aspect": "Perf", "Tense": "Past", "VerbForm": "Part"},
    "FutPart": {"Aspect": "Imp", "Tense": "Fut", "VerbForm": "Part"},
    "NarrPart": {"Evident": "Nfh", "Tense": "Past", "VerbForm": "Part"},
    "AorPart": {"Aspect": "Hab", "Tense": "Pres", "VerbForm": "Part"},
}
CONVERB: Final[Features] = {"VerbForm": "Conv"}
"""Of every adverb that is derived from a verb."""

PRONOUN: Final[Mapping[str, Features]] = {
    "Pers": {"PronType": "Prs"},
    "Demons": {"PronType": "Dem"},
    "Ques": {"PronType": "Int"},
    "Quant": {"PronType": "Ind"},
    "Reflex": {"PronType": "Prs", "Reflex": "Yes"},
}
DEMONSTRATIVES: Final = frozenset({"bu", "şu", "o"})
"""Roots of determiners, which have no tags of their own: these are ``PronType=Dem``, all others ``PronType=Ind``."""

NUMERAL: Final[Mapping[str, Features]] = {
    "Card": {"NumType": "Card"},
    "Real": {"NumType": "Card"},
    "Percent": {"NumType": "Card"},
    "Ord": {"NumType": "Ord"},
    "Dist": {"NumType": "Dist"},
    "Distrib": {"NumType": "Dist"},
}
DUPLICATED: Final[Mapping[str, Features]] = {"Dup": {"Echo": "Rdp"}}

# Two of these in one word are written side by side: Mood=DesPot, Voice=CauPass.
_JOINED = ("Mood", "Voice")
_FROM_VERB = ("Polarity", "Voice")


def lemma_of(analysis: str) -> str:
    """Return the root of a morphological analysis.

    Examples:
        >>> lemma_of("90+3+Num+Card")
        '90+3'
    """
    return split_analysis(analysis)[0]


def features_of(analysis: str) -> str:
    """Return the UD features of a morphological analysis as FEATS writes them; ``_`` for none.

    Examples:
        >>> features_of("ev+Noun+A3sg+P1sg+Loc")
        'Case=Loc|Number=Sing|Number[psor]=Sing|Person=3|Person[psor]=1'
    """
    root, tags = split_analysis(analysis)
    if tags == "+Det":
        return f"PronType={'Dem' if root in DEMONSTRATIVES else 'Ind'}"
    return _features(tags)


def _read_features(tags: str) -> str:
    found = _of_word([group.strip("+").split("+") for group in tags.split(_BORDER)])
    # UD sorts features by name without regard to case.
    return "|".join(f"{name}={found[name]}" for name in sorted(found, key=str.lower)) or "_"


_features = Remembered(_read_features, 4096, LONGEST_ANALYSIS)


def split_analysis(analysis: str) -> tuple[str, str]:
    """Split a morphological analysis into its root and its tags, which begin with ``+`` or ``^``.

    Examples:
        >>> split_analysis("c+++Noun+A3sg")
        ('c++', '+Noun+A3sg')
    """
    found = _TAGS.search(analysis)
    return (analysis[: found.start()], found[0]) if found else (analysis, "")


def _of_word(groups: Sequence[Sequence[str]]) -> Features:
    """Return what the last group says, and what its verb adds where it is a form of one."""
    kind, *tags = groups[-1]
    if kind == "Verb":
        return _of_verb(groups)
    found: Features = {}
    before = groups[:-1]
    if kind == "Noun" and tags[:1] == ["Zero"] and before and _is_participle(before[-1]):
        found = _of_word(before)  # "bitirenler": the participle is inflected as a noun
    elif kind in ("Noun", "Adj", "Adverb") and before and before[-1][0] == "Verb":
        found = _of_verb_form(kind, tags, before)
    elif kind == "Ques":
        found = _of_verb([["Verb", *tags]])
    for table in (NOMINAL, {} if "Inf1" in tags else AGREEMENT, _SPECIFIC.get(kind, {}), DUPLICATED):
        for tag in tags:
            found.update(table.get(tag, {}))
    return found


def _is_participle(group: Sequence[str]) -> bool:
    return group[0] == "Adj" and any(tag in NONFINITE for tag in group)


def _of_verb_form(kind: str, tags: Sequence[str], before: Sequence[Sequence[str]]) -> Features:
    form = next((NONFINITE[tag] for tag in tags if tag in NONFINITE), CONVERB if kind == "Adverb" else None)
    if form is None:
        return {}  # a word of its own, as "yazar" from "yaz"
    verb = _of_verb(before)
    kept = verb if form is CONVERB else {name: verb[name] for name in _FROM_VERB if name in verb}
    mood = {"Mood": "Pot"} if "Pot" in verb.get("Mood", "") else {}
    return {**kept, **mood, **form}


def _of_verb(groups: Sequence[Sequence[str]]) -> Features:
    """Return the features of the verb that the last groups make up: voice and ability are groups of their own."""
    start = len(groups)
    while start and groups[start - 1][0] == "Verb" and (start == len(groups) or "Zero" not in groups[start]):
        start -= 1
    found: Features = {}
    for tag in (tag for group in groups[start:] for tag in group[1:]):
        for name, value in {**VERBAL.get(tag, {}), **AGREEMENT.get(tag, {})}.items():
            found[name] = _together(tag, name, found.get(name), value)
    return found


def _together(tag: str, name: str, before: str | None, value: str) -> str:
    """Return a feature that has a value already: the later tag decides, but for what both of them tell."""
    if before is None or before == value:
        return value
    if name in _JOINED:
        return "".join(sorted({*re.findall("[A-Z][a-z]+", before), value}))
    if name == "Aspect" and tag in ("Past", "Narr"):
        return before  # "geliyordu": the time is past, the action in progress
    return value


_SPECIFIC: Final[Mapping[str, Mapping[str, Features]]] = {"Pron": PRONOUN, "Num": NUMERAL}
