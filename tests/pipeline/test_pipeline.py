import itertools
import tracemalloc

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_fakes import ALL, Factory
from vnlp_colab import catalog
from vnlp_colab.errors import InputError, MissingExtra, ModelNotAvailable
from vnlp_colab.pipeline import fetching, identity, pipeline
from vnlp_colab.pipeline.pipeline import VNLPipeline

TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=40), st.sampled_from(["Ali eve geldi .", " ", ""])), max_size=40)


def fake_pipeline(models=ALL, **options):
    return VNLPipeline(models, progress=False, model_factory=Factory(), **options)


def alone(text):
    (sentence,) = fake_pipeline().annotate([text])
    return sentence


class TestConstruction:
    def test_options_reach_the_models(self, make_pipeline, factory):
        make_pipeline(device="cpu", threads=2, on_long="error")
        common = {"device": "cpu", "threads": 2}
        assert dict(factory.made)["dep"] == {**common, "on_long": "error", "tree": True}
        assert [options for name, options in factory.made if name != "dep"] == [common] * 4

    def test_each_model_is_made_once(self, make_pipeline, factory):
        make_pipeline(["dep:TreeStackDP", "pos:TreeStackPoS"])
        assert [name for name, _ in factory.made] == ["stemmer", "pos", "dep"]

    def test_unknown_model(self, make_pipeline, factory):
        with pytest.raises(ModelNotAvailable, match=r"known: stemmer, pos.*pos:TreeStackPoS"):
            make_pipeline(["stemmer", "nonsense"])
        assert factory.made == []

    @pytest.mark.parametrize(
        "options",
        [{"device": "tpu"}, {"on_long": "cut"}, {"loader": "magic"}, {"threads": 0}, {"threads": "2"}],
    )
    def test_impossible_options(self, make_pipeline, factory, options):
        with pytest.raises(InputError, match=next(iter(options))):
            make_pipeline(**options)
        assert factory.made == []


class TestAnnotate:
    def test_a_sentence(self, pipe):
        (sentence,) = pipe.annotate(["Ali 90+3 dakika koştu."])
        assert sentence.tokens == ("Ali", "90+3", "dakika", "koştu", ".")
        assert sentence.lemma == ("ali", "90+3", "dakika", "koştu", ".")
        assert sentence.ner == ("PER", "O", "O", "O", "O")
        assert sentence.dep == ((0, "P5al:a"), (1, "P590:9"), (2, "P5da:d"), (3, "P5ko:k"), (4, "P5.+:."))
        assert sentence.pos[0] == "P5al"
        assert sentence.sentiment == pytest.approx(22 / 97)

    def test_only_what_was_asked_for(self, make_pipeline):
        (sentence,) = make_pipeline(["dep:TreeStackDP"]).annotate(["Ali geldi"])
        assert sentence.dep is not None
        assert (sentence.pos, sentence.ner, sentence.morph, sentence.lemma, sentence.sentiment) == (None,) * 5

    @pytest.mark.parametrize("text", ["", " ", "\t\n", "\u3000", None, float("nan")])
    def test_nothing_to_say_of_an_empty_text(self, pipe, factory, text):
        (sentence,) = pipe.annotate([text])
        assert sentence.tokens == sentence.pos == sentence.ner == sentence.dep == ()
        assert sentence.morph == sentence.lemma == ()
        assert sentence.sentiment is None
        assert factory.log == []

    @given(TEXTS, st.integers(1, 9))
    @settings(deadline=None, max_examples=60)
    def test_results_depend_on_neither_batch_size_nor_neighbours(self, texts, batch_size):
        assert list(fake_pipeline().annotate(texts, batch_size)) == [alone(text) for text in texts]

    def test_it_takes_an_endless_iterable(self, pipe):
        endless = (f"{i} numaralı cümle ." for i in itertools.count())
        taken = list(itertools.islice(pipe.annotate(endless, batch_size=4), 100))
        assert [sentence.tokens[0] for sentence in taken] == [str(i) for i in range(100)]

    def test_memory_does_not_grow_with_the_texts(self, factory):
        factory.log = type("Forgetful", (list,), {"append": lambda self, item: None})()
        pipe = VNLPipeline(ALL, progress=False, model_factory=factory)

        def peak(count):
            tracemalloc.start()
            for _ in pipe.annotate((f"cümle {i} bir iki üç ." for i in range(count)), batch_size=8):
                pass
            top = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return top

        peak(500)
        assert peak(8000) < 1.3 * peak(800) + 50_000

    def test_batches_are_of_like_lengths(self, pipe, factory):
        texts = ["a " * length for length in (9, 1, 8, 2, 7, 3, 6, 4)]
        assert [len(sentence.tokens) for sentence in pipe.annotate(texts, batch_size=2)] == [9, 1, 8, 2, 7, 3, 6, 4]
        batches = [[len(tokens) for tokens in batch] for _, batch in factory.calls("stemmer")]
        # the first window has four texts
        assert batches == [[1, 2], [8, 9], [3, 4], [6, 7]]

    def test_a_single_string_is_refused(self, pipe):
        with pytest.raises(InputError, match="pass \\[text\\]"):
            pipe.annotate("bir cümle")

    @pytest.mark.parametrize("batch_size", [0, -1, 1.5, "8", None, True])
    def test_impossible_batch_sizes(self, pipe, batch_size):
        with pytest.raises(InputError, match="batch_size"):
            pipe.annotate(["a"], batch_size)

    def test_the_row_that_a_model_refuses_is_named(self, make_pipeline):
        texts = ["kısa cümle", "bir " * 50, "kısa"]
        with pytest.raises(InputError, match=r"row 1: .*more than 40 tokens"):
            list(make_pipeline(on_long="error").annotate(texts))

    @pytest.mark.parametrize(
        "text",
        ["x" * 100_000, "kelime " * 5000, "\x00\x01\x1b[31m kırmızı", "🎉 kutlu olsun 👩‍👩‍👧", "yarım \ud83d çift"],
        ids=["word", "sentence", "controls", "emoji", "surrogate"],
    )
    def test_unusual_texts(self, pipe, text):
        (sentence,) = pipe.annotate([text])
        assert sentence.text == text
        assert len(sentence.tokens) == len(sentence.lemma) == len(sentence.pos) == len(sentence.dep)


class TestFrames:
    def frame(self):
        return pd.DataFrame(
            {"id": pd.array([3, 1, 2], dtype="Int16"), "sentence": ["Ali geldi .", None, "Kar"], "x": [0.5, 1, 2]},
            index=["c", "a", "c"],
        )

    def test_the_frame_comes_back_with_the_annotation(self, pipe):
        frame = self.frame()
        before = frame.copy()
        result = pipe.process_dataframe(frame)
        pd.testing.assert_frame_equal(frame, before)
        pd.testing.assert_frame_equal(result[list(frame.columns)], before)
        assert list(result.columns) == [
            *frame.columns, "tokens", "pos", "ner", "dep", "morph", "lemma", "sentiment",
        ]  # fmt: skip
        assert result["tokens"].tolist() == [["Ali", "geldi", "."], [], ["Kar"]]
        assert result["dep"].iloc[0] == [(0, "P3al:a"), (1, "P3ge:g"), (2, "P3.+:.")]
        assert result["lemma"].tolist() == [["ali", "geldi", "."], [], ["kar"]]
        assert result["sentiment"].dtype == "float64"
        assert result["sentiment"].isna().tolist() == [False, True, False]

    def test_changing_the_result_does_not_change_the_input(self, pipe):
        frame = self.frame()
        result = pipe.process_dataframe(frame)
        result.iloc[0, 2] = 99.0
        assert frame["x"].iloc[0] == 0.5

    @pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT, "", "  ", "\n"])
    def test_a_missing_sentence_keeps_its_row(self, pipe, missing):
        frame = pd.DataFrame({"sentence": pd.Series(["Ali", missing], dtype="object")})
        row = pipe.process_dataframe(frame).iloc[1]
        assert row["tokens"] == row["pos"] == row["dep"] == row["lemma"] == []
        assert pd.isna(row["sentiment"])

    @pytest.mark.parametrize("value", [5, b"bayt", ["a"], 2.5, {"a": 1}])
    def test_a_cell_that_is_not_text(self, pipe, factory, value):
        frame = pd.DataFrame({"sentence": pd.Series(["Ali", value], index=["p", "q"], dtype="object")})
        for method in (pipe.process_dataframe, pipe.run_preprocessing):
            with pytest.raises(InputError, match=r"row 1, column 'sentence': expected text.*index label 'q'"):
                method(frame)
        assert factory.log == []

    def test_any_column_can_be_the_text(self, pipe):
        result = pipe.process_dataframe(pd.DataFrame({"metin": ["Ali geldi"]}), text_column="metin")
        assert result["tokens"].tolist() == [["Ali", "geldi"]]

    def test_a_missing_column_lists_those_there(self, pipe):
        with pytest.raises(InputError, match=r"column 'sentence'.*its columns are: a, b"):
            pipe.process_dataframe(pd.DataFrame({"a": [1], "b": [2]}))

    def test_two_columns_of_the_name(self, pipe):
        frame = pd.DataFrame([["a", "b"]], columns=["sentence", "sentence"])
        with pytest.raises(InputError, match="more than one"):
            pipe.process_dataframe(frame)

    def test_no_rows(self, pipe):
        result = pipe.process_dataframe(pd.DataFrame({"sentence": []}))
        assert len(result) == 0
        assert "sentiment" in result

    def test_preprocessing(self, pipe):
        frame = pd.DataFrame({"sentence": ["Rüzgâr esti", None, "a " * 95]}, index=[7, 7, 2])
        before = frame.copy()
        result = pipe.run_preprocessing(frame)
        pd.testing.assert_frame_equal(frame, before)
        assert result.index.tolist() == [7, 7, 2]
        assert list(result.columns) == ["sentence", "no_accents", "tokens", "tokens_40"]
        assert result["no_accents"].iloc[0] == "Rüzgar esti"
        assert result["tokens"].tolist()[:2] == [["Rüzgâr", "esti"], []]
        assert [len(chunk) for chunk in result["tokens_40"].iloc[2]] == [40, 40, 15]
        assert result["tokens_40"].iloc[1] == []

    def test_a_preprocessed_frame_is_taken(self, pipe):
        frame = self.frame()
        result = pipe.process_dataframe(pipe.run_preprocessing(frame))
        assert result["tokens"].tolist() == pipe.process_dataframe(frame)["tokens"].tolist()

    def test_no_column_of_the_users_is_overwritten(self, pipe, factory):
        with pytest.raises(InputError, match=r"column 'pos'.*overwrite"):
            pipe.process_dataframe(pd.DataFrame({"sentence": ["a"], "pos": ["mine"]}))
        assert factory.log == []
        for theirs in ("mine", "[" * 5000):
            with pytest.raises(InputError, match=r"row 0, column 'tokens'.*other tokens"):
                pipe.process_dataframe(pd.DataFrame({"sentence": ["a"], "tokens": [theirs]}))
        twice = pd.DataFrame([["a", ["a"], ["a"]]], columns=["sentence", "tokens", "tokens"])
        with pytest.raises(InputError, match=r"column 'tokens': there is more than one"):
            pipe.process_dataframe(twice)

    @given(TEXTS, st.integers(1, 9))
    @settings(deadline=None, max_examples=30)
    def test_frames_do_not_depend_on_the_batch_size(self, texts, batch_size):
        frame = pd.DataFrame({"sentence": pd.Series(texts, dtype="object")})
        one = fake_pipeline().process_dataframe(frame, 1)
        pd.testing.assert_frame_equal(one, fake_pipeline().process_dataframe(frame, batch_size))


class TestFetching:
    @pytest.fixture
    def fetched(self, monkeypatch, factory):
        names = []
        monkeypatch.setattr(pipeline.registry, "create", factory)
        monkeypatch.setattr(identity, "_digest", lambda spec: "0" * 64)  # of what nothing here puts into the cache
        monkeypatch.setattr(fetching, "listed_providers", list)
        monkeypatch.setattr(fetching, "cached", lambda spec: spec if spec.name == "TreeStackPoS" else None)
        monkeypatch.setattr(fetching.store, "bundle", lambda name, progress: names.append((name, progress)))
        return names

    @pytest.mark.parametrize("progress", [True, False])
    def test_what_is_not_cached_is_fetched_with_the_bars_that_were_asked_for(self, fetched, progress):
        VNLPipeline("pos:TreeStackPoS", progress=progress)
        needed = {spec.name for spec in catalog.closure(("TreeStackPoS",))} - {"TreeStackPoS"}
        assert needed
        assert sorted(fetched) == sorted((name, progress) for name in needed)

    def test_without_a_runtime_nothing_is_fetched(self, fetched, factory, monkeypatch):
        def listed():
            raise MissingExtra("onnxruntime", "cpu", "running a model")

        monkeypatch.setattr(fetching, "listed_providers", listed)
        with pytest.raises(MissingExtra, match=r"vnlp-colab\[cpu\]"):
            VNLPipeline("pos:TreeStackPoS")
        assert fetched == factory.made == []


def test_bars_can_be_had_and_left_out(make_pipeline, capsys):
    frame = pd.DataFrame({"sentence": ["a", "b"]})
    make_pipeline(progress=True).process_dataframe(frame)
    assert "2/2" in capsys.readouterr().err
    make_pipeline(progress=False).process_dataframe(frame)
    out, err = capsys.readouterr()
    assert (out, err) == ("", "")
