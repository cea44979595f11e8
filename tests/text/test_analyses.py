"""Analyses: their roots, and the features of Universal Dependencies that they map to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnlp_colab.text import analyses
from vnlp_colab.text.analyses import features_of, lemma_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "features.md"
ROW = re.compile(r"^\| (?P<tags>`.*`) \| (?P<features>`.*`) \|$", re.MULTILINE)


@pytest.mark.parametrize(
    ("analysis", "lemma"),
    [
        ("ev+Noun+A3sg+Pnon+Loc", "ev"),
        ("sığın+Verb+Pos^DB+Adj+FutPart+Pnon", "sığın"),
        ("90+3+Num+Card", "90+3"),
        ("++Punc", "+"),
        ("^+Punc", "^"),
        ("c+++Unknown", "c++"),
        ("a+b+Unknown", "a+b"),
        ("...+Punc", "..."),
        ("dün+Zer...", "dün"),
        ("yalın", "yalın"),
    ],
)
def test_the_lemma_is_the_root(analysis, lemma):
    assert lemma_of(analysis) == lemma


def test_a_hostile_word_costs_no_time():
    word = "a+b^" * 25_000
    assert lemma_of(word + "+Noun+A3sg") == word
    assert features_of(word + "+Noun+A3sg") == "Number=Sing|Person=3"


# Words of the BOUN treebank with its features (UD 2.x), which are free of what a tag cannot know.
@pytest.mark.parametrize(
    ("analysis", "features"),
    [
        ("ev+Noun+A3sg+Pnon+Loc", "Case=Loc|Number=Sing|Person=3"),
        ("kirpik+Noun+A3pl+P3sg+Nom", "Case=Nom|Number=Plur|Number[psor]=Sing|Person=3|Person[psor]=3"),
        ("kul+Noun+A3sg+P2pl+Nom", "Case=Nom|Number=Sing|Number[psor]=Plur|Person=3|Person[psor]=2"),
        ("kumru+Noun+Prop+A3sg+Pnon+Gen", "Case=Gen|Number=Sing|Person=3"),
        ("ben+Pron+Pers+A1sg+Pnon+Dat", "Case=Dat|Number=Sing|Person=1|PronType=Prs"),
        ("bu+Pron+Demons+A3pl+Pnon+Nom", "Case=Nom|Number=Plur|Person=3|PronType=Dem"),
        ("bir+Det", "PronType=Ind"),
        ("bu+Det", "PronType=Dem"),
        ("iki+Num+Card", "NumType=Card"),
        ("2.+Num+Ord", "NumType=Ord"),
        ("gel+Verb+Pos+Past+A3sg", "Aspect=Perf|Evident=Fh|Number=Sing|Person=3|Polarity=Pos|Tense=Past"),
        ("çık+Verb+Pos+Narr+A3sg", "Evident=Nfh|Number=Sing|Person=3|Polarity=Pos|Tense=Past"),
        ("götür+Verb+Neg+Prog1+A3sg", "Aspect=Prog|Number=Sing|Person=3|Polarity=Neg|Tense=Pres"),
        ("ol+Verb+Pos+Fut+A3sg", "Aspect=Imp|Number=Sing|Person=3|Polarity=Pos|Tense=Fut"),
        ("sar+Verb+Pos+Imp+A2sg", "Mood=Imp|Number=Sing|Person=2|Polarity=Pos"),
        ("ver+Verb^DB+Verb+Pass+Pos+Aor+A3sg", "Aspect=Hab|Number=Sing|Person=3|Polarity=Pos|Tense=Pres|Voice=Pass"),
        (
            "gir+Verb+Pos^DB+Verb+Able+Aor+A3sg",
            "Aspect=Hab|Mood=Pot|Number=Sing|Person=3|Polarity=Pos|Tense=Pres",
        ),
        ("dayan+Verb+Pos^DB+Adj+PresPart", "Polarity=Pos|Tense=Pres|VerbForm=Part"),
        (
            "sıçra+Verb+Pos^DB+Adj+PastPart+P3sg",
            "Aspect=Perf|Number[psor]=Sing|Person[psor]=3|Polarity=Pos|Tense=Past|VerbForm=Part",
        ),
        (
            "sergile+Verb+Pos^DB+Adj+PresPart^DB+Noun+Zero+A3pl+Pnon+Nom",
            "Case=Nom|Number=Plur|Person=3|Polarity=Pos|Tense=Pres|VerbForm=Part",
        ),
        ("dertleş+Verb+Pos^DB+Noun+Inf1+A3sg+Pnon+Nom", "Case=Nom|Polarity=Pos|VerbForm=Vnoun"),
        (
            "göster+Verb^DB+Verb+Pass+Pos^DB+Noun+Inf2+A3sg+P3sg+Nom",
            "Case=Nom|Number=Sing|Number[psor]=Sing|Person=3|Person[psor]=3|Polarity=Pos|VerbForm=Vnoun|Voice=Pass",
        ),
        ("geç+Verb+Pos^DB+Adverb+AfterDoingSo", "Polarity=Pos|VerbForm=Conv"),
        ("yaşa+Verb+Pos+Aor^DB+Adverb+While", "Aspect=Hab|Polarity=Pos|Tense=Pres|VerbForm=Conv"),
        # Two tenses: the last one is that of the word, the aspect that of the first.
        (
            "kız+Verb+Pos+Prog1+Past+A3sg",
            "Aspect=Prog|Evident=Fh|Number=Sing|Person=3|Polarity=Pos|Tense=Past",
        ),
        # The last group decides: "saçtı" as a predicate is no form of a verb "saç".
        ("saç+Noun+A3sg+Pnon+Nom^DB+Verb+Zero+Past+A3sg", "Aspect=Perf|Evident=Fh|Number=Sing|Person=3|Tense=Past"),
        # A derived word is a word of its own.
        ("yarat+Verb+Pos^DB+Noun+Agt+A3sg+Pnon+Nom", "Case=Nom|Number=Sing|Person=3"),
        ("saat+Noun+A3sg+Pnon+Nom^DB+Adj+With", "_"),
        ("öldür+Verb^DB+Verb+Caus^DB+Verb+Pass+Pos+Past+A3sg", None),
        (".+Punc", "_"),
        ("agsk+Unknown", "_"),
        ("yalın", "_"),
        ("", "_"),
    ],
)
def test_features(analysis, features):
    if features is None:
        assert "Voice=CauPass" in features_of(analysis)
    else:
        assert features_of(analysis) == features


@given(
    st.lists(
        st.sampled_from(["Noun", "Verb", "Adj", "Zero", "A3sg", "P1pl", "Pos", "Able", "Pass", "^DB", "Inf1", "+"])
    )
)
def test_any_tags_give_well_formed_features(tags):
    found = features_of("kök" + "".join(f"+{tag}" for tag in tags).replace("+^DB", "^DB"))
    if found != "_":
        names = [pair.split("=")[0] for pair in found.split("|")]
        assert names == sorted(set(names), key=str.lower)
        assert all(re.fullmatch(r"[A-Z][A-Za-z]*(\[[a-z]+\])?=[A-Z0-9][A-Za-z0-9]*", pair) for pair in found.split("|"))


def test_the_page_has_the_tables():
    """docs/features.md has a row for each tag that maps to features, and none besides."""
    tables = (
        analyses.AGREEMENT,
        analyses.NOMINAL,
        analyses.VERBAL,
        analyses.NONFINITE,
        analyses.PRONOUN,
        analyses.NUMERAL,
        analyses.DUPLICATED,
    )
    expected = [
        (tag, "|".join(f"{name}={value}" for name, value in found.items()))
        for table in tables
        for tag, found in table.items()
    ]
    written = [
        (tag, row["features"].strip("`").replace("\\|", "|"))
        for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))
        for tag in re.findall(r"`([^`]+)`", row["tags"])
    ]
    assert sorted(written) == sorted(expected)


@pytest.mark.shared
def test_lemmas_are_roots_of_recorded_candidates(golden_classic):
    for item in golden_classic:
        for analysis, candidates in zip(item["stemmer"] or [], item["candidates"] or [], strict=True):
            assert lemma_of(analysis) in {root for root, _, _ in candidates}
