"""The component of spaCy: what it sets, what it leaves alone, and all the ways in which spaCy calls it."""

import pickle
import subprocess
import sys

import pytest

import vnlp_colab as vnlp
from vnlp_colab.errors import InputError, ModelNotAvailable

spacy = pytest.importorskip("spacy")

from spacy.matcher import DependencyMatcher, Matcher  # noqa: E402
from spacy.tokens import Doc, DocBin, Span  # noqa: E402

TEXT = "Ayşe dün İstanbul'da yeni bir kitap aldı. Dr. Ali Ankara'dan geldi mi?"
TEXTS = [TEXT, "", "  \n", "Ali geldi.  Sonra\n\ngitti. ", "Kedi uyuyor", "Prof. Öz 5. sınıfta ders verdi. Bitti!"]


def facts(doc):
    return doc.to_json()


@pytest.fixture(scope="module")
def doc(nlp):
    return nlp(TEXT)


class TestWhatIsSet:
    def test_everything_that_was_promised(self, doc):
        for attribute in ("POS", "TAG", "DEP", "HEAD", "LEMMA", "MORPH", "ENT_IOB", "SENT_START"):
            assert doc.has_annotation(attribute, require_complete=True), attribute
        kitap = next(token for token in doc if token.text == "kitap")
        assert (kitap.pos_, kitap.tag_, kitap.lemma_, kitap.dep_) == ("NOUN", "NOUN", "kitap", "obj")
        assert kitap.head.text == "aldı" and kitap.head.dep_ == "ROOT" and kitap.head.head == kitap.head
        assert kitap.morph.get("Case") == ["Nom"]
        assert [token.text for token in kitap.children] == ["yeni", "bir"]

    def test_sentences_and_entities(self, doc):
        assert [sentence.text for sentence in doc.sents] == [TEXT[:41], TEXT[42:]]
        assert {(entity.text, entity.label_) for entity in doc.ents} >= {("Ayşe", "PER"), ("İstanbul'da", "LOC")}

    def test_the_same_as_the_pipeline_gives_for_these_tokens(self, doc):
        from vnlp_colab.text.tokenised import TokenisedText

        pipe = vnlp.VNLPipeline("context", threads=1, device="cpu", progress=False)
        for sentence in doc.sents:
            words = [token.text for token in sentence]
            spans = [
                (token.idx - sentence.start_char, token.idx - sentence.start_char + len(token)) for token in sentence
            ]
            (found,) = pipe.annotate([TokenisedText.of(sentence.text, words, spans)])
            assert tuple(token.pos_ for token in sentence) == found.pos
            assert tuple(token.lemma_ for token in sentence) == found.lemma
            assert tuple(str(token.morph) or "_" for token in sentence) == found.feats
            heads = [0 if token.head == token else token.head.i - sentence.start + 1 for token in sentence]
            assert heads == [head for head, _ in found.dep]
            assert [token.dep_.lower() for token in sentence] == [label for _, label in found.dep]
            assert [(entity.text, entity.label_) for entity in sentence.ents] == [
                (entity.text, entity.label) for entity in found.entities
            ]

    @pytest.mark.parametrize("text", TEXTS)
    def test_white_space_hangs_on_words(self, nlp, text):
        doc = nlp(text)
        assert doc.text == text
        for token in doc:
            if token.is_space:
                assert (token.pos_, token.tag_, token.ent_type_, str(token.morph)) == ("SPACE", "_SP", "", "")
                assert token.head.sent == token.sent
        for sentence in doc.sents:
            assert [token.dep_ for token in sentence if token.head == token] in (["ROOT"], ["dep"])
        assert [token.i for token in doc if token.is_sent_start] == [sentence.start for sentence in doc.sents]

    def test_only_what_the_models_are_for(self, make):
        doc = make(models=["pos"])(TEXT)
        assert doc.has_annotation("POS") and len(list(doc.sents)) == 2
        for attribute in ("DEP", "LEMMA", "MORPH", "ENT_IOB"):
            assert not doc.has_annotation(attribute), attribute

    def test_a_long_doc(self, nlp):
        short = nlp("Ali Ankara'ya gitti. ")
        doc = nlp("Ali Ankara'ya gitti. " * 700)
        assert len(list(doc.sents)) == 700
        assert [token.pos_ for token in doc] == [token.pos_ for token in short] * 700
        assert len(doc.ents) == 700 * len(short.ents)


class TestWhatIsLeftAlone:
    def test_sentences_that_are_there(self, nlp):
        words = ["Ali", "geldi", "Veli", "gitti", "."]
        doc = nlp(Doc(nlp.vocab, words, sent_starts=[True, False, True, False, False]))
        assert [sentence.text for sentence in doc.sents] == ["Ali geldi", "Veli gitti ."]
        assert [token.head.sent.start for token in doc] == [0, 0, 2, 2, 2]

    def test_tokens(self, nlp):
        words = ["İstanbul", "'da", "12 000", "kişi", "var"]
        doc = nlp(Doc(nlp.vocab, words))
        assert [token.text for token in doc] == words
        assert all(token.pos_ for token in doc)

    def test_entities_that_are_there(self, nlp):
        doc = nlp.make_doc("Ayşe İstanbul'da kaldı.")
        doc.set_ents([Span(doc, 0, 1, label="MINE")])
        assert [(entity.text, entity.label_) for entity in nlp(doc).ents] == [("Ayşe", "MINE"), ("İstanbul'da", "LOC")]

    def test_blocked_words_stay_blocked(self, nlp):
        doc = nlp.make_doc("Ayşe İstanbul'da kaldı.")
        doc.set_ents([], blocked=[Span(doc, 0, 1)], default="missing")
        doc = nlp(doc)
        assert (doc[0].ent_iob_, doc[0].ent_type_) == ("B", "")
        assert [(entity.text, entity.label_) for entity in doc.ents] == [("İstanbul'da", "LOC")]

    def test_twice_is_as_once(self, nlp):
        once = facts(nlp(TEXT))
        assert facts(nlp(nlp(TEXT))) == once


class TestTheWaysOfSpacy:
    def test_batches(self, nlp):
        alone = [facts(nlp(text)) for text in TEXTS]
        for size in (1, 4, 100):
            assert [facts(doc) for doc in nlp.pipe(TEXTS, batch_size=size)] == alone

    def test_no_batch_holds_no_docs(self, nlp):
        with pytest.raises(InputError, match="batch_size must be a whole number above 0"):
            list(nlp.pipe(TEXTS, batch_size=0))

    def test_processes_after_the_models_have_run_here(self, nlp):
        alone = [facts(nlp(text)) for text in TEXTS * 3]
        assert [facts(doc) for doc in nlp.pipe(TEXTS * 3, batch_size=4, n_process=2)] == alone

    @pytest.mark.slow
    def test_processes_that_begin_with_nothing(self, tmp_path):
        script = tmp_path / "spawned.py"
        script.write_text(
            "import multiprocessing, spacy\n"
            "if __name__ == '__main__':\n"
            "    multiprocessing.set_start_method('spawn')\n"
            "    nlp = spacy.blank('tr')\n"
            "    nlp.add_pipe('vnlp', config={'models': ['pos', 'dep'], 'tokenizer': 'vnlp', 'threads': 1})\n"
            "    texts = ['Ali geldi. Sonra gitti.', '', 'Kedi uyuyor.'] * 5\n"
            "    alone = [nlp(text).to_json() for text in texts]\n"
            "    assert alone == [doc.to_json() for doc in nlp.pipe(texts, batch_size=4, n_process=2)]\n"
            "    print('equal')\n"
        )
        done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=250)
        assert done.stdout == "equal\n", done.stderr

    def test_doc_bins(self, nlp):
        docs = [nlp(text) for text in TEXTS]
        stored = DocBin(docs=docs, store_user_data=True).to_bytes()
        assert [facts(doc) for doc in DocBin().from_bytes(stored).get_docs(nlp.vocab)] == list(map(facts, docs))

    def test_saved_and_loaded(self, nlp, tmp_path):
        nlp.to_disk(tmp_path)
        assert facts(spacy.load(tmp_path)(TEXT)) == facts(nlp(TEXT))

    def test_loaded_with_other_models_warns(self, make, tmp_path):
        make(models=["pos"]).to_disk(tmp_path)
        file = tmp_path / "vnlp.json"
        file.write_text(file.read_text().replace('"ContextPoS": "', '"ContextPoS": "0'))
        with pytest.warns(UserWarning, match="ContextPoS: not the files that this pipeline was saved with"):
            spacy.load(tmp_path)

    @pytest.mark.parametrize("content", ["{", "[]", "[" * 100_000, "\xff"])
    def test_a_damaged_file_is_named(self, make, tmp_path, content):
        make(models=["pos"]).to_disk(tmp_path)
        (tmp_path / "vnlp.json").write_bytes(content.encode("latin-1"))
        with pytest.raises(InputError, match=r"vnlp\.json.*damaged"):
            spacy.load(tmp_path)

    def test_a_name_with_a_dot_has_a_file_of_its_own(self, nlp, tmp_path):
        component = nlp.get_pipe("vnlp")
        for name in ("vnlp.a", "vnlp.b"):
            component.to_disk(tmp_path / name)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["vnlp.a.json", "vnlp.b.json"]
        component.from_disk(tmp_path / "vnlp.a")

    def test_bytes(self, nlp, make):
        other = make().from_bytes(nlp.to_bytes())
        assert facts(other(TEXT)) == facts(nlp(TEXT))

    def test_matchers(self, nlp, doc):
        matcher = Matcher(nlp.vocab)
        matcher.add("ablative", [[{"POS": "PROPN", "MORPH": {"IS_SUPERSET": ["Case=Abl"]}}]])
        assert [doc[start:end].text for _, start, end in matcher(doc)] == ["Ankara'dan"]
        dependencies = DependencyMatcher(nlp.vocab)
        verb = {"RIGHT_ID": "verb", "RIGHT_ATTRS": {"POS": "VERB", "LEMMA": "al"}}
        thing = {"LEFT_ID": "verb", "REL_OP": ">", "RIGHT_ID": "thing", "RIGHT_ATTRS": {"DEP": "obj"}}
        dependencies.add("taken", [[verb, thing]])
        ((_, places),) = dependencies(doc)
        assert [doc[place].text for place in places] == ["aldı", "kitap"]

    def test_displacy(self, doc):
        from spacy import displacy

        assert "kitap" in displacy.render(doc, style="dep", jupyter=False)
        assert "LOC" in displacy.render(doc, style="ent", jupyter=False)

    def test_pickled(self, nlp):
        pipe = pickle.loads(pickle.dumps(nlp.get_pipe("vnlp")))
        assert facts(pipe(nlp.make_doc(TEXT))) == facts(nlp(TEXT))

    def test_no_import_is_needed_and_a_blank_pipeline_loads_nothing(self):
        code = (
            "import sys, spacy; nlp = spacy.blank('tr'); assert 'onnxruntime' not in sys.modules; "
            "assert 'vnlp_colab.pipeline' not in sys.modules; nlp.add_pipe('vnlp'); print(nlp('Ali geldi.')[1].lemma_)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=200)
        assert done.stdout == "gel\n", done.stderr


class TestFailures:
    @pytest.fixture
    def long(self):
        return "kelime " * 50_001

    def test_one_names_its_sentence(self, nlp, long):
        with pytest.raises(InputError, match=r"the sentence that begins with 'kelime kelime .*50,001 tokens.*starts"):
            nlp(long)

    def test_the_error_handler_gets_it_and_the_others_go_on(self, make, long):
        nlp = make(models=["pos"])
        failed = []
        nlp.set_error_handler(lambda name, proc, docs, error: failed.append((name, len(docs), type(error))))
        found = list(nlp.pipe(["Ali geldi.", long, "Kedi uyuyor."]))
        assert [doc[0].text for doc in found] == ["Ali", "Kedi"] and found[1][0].pos_ == "NOUN"
        assert failed == [("vnlp", 1, InputError)]

    @pytest.mark.parametrize(
        ("config", "error"),
        [
            ({"models": ["poz"]}, ModelNotAvailable),
            ({"models": []}, InputError),
            ({"models": ""}, InputError),
            ({"tokenizer": "mine"}, InputError),
            ({"abbreviations": "mine"}, InputError),
            ({"style": "mine"}, InputError),
            ({"batch_size": 0}, InputError),
            ({"device": "tpu"}, InputError),
        ],
    )
    def test_configurations_that_cannot_be(self, make, config, error):
        with pytest.raises(error):
            make(**config)


class TestSentiment:
    @pytest.mark.models
    def test_of_whole_docs(self, make):
        nlp = make(models=["pos", "sentiment"])
        good, bad, none = nlp.pipe(["Harika bir film. Çok beğendim!", "Berbat. Hiç beğenmedim.", ""])
        (alone,) = vnlp.VNLPipeline("sentiment", progress=False).annotate([good.text])
        assert good._.sentiment == alone.sentiment > 0.5 > bad._.sentiment
        assert none._.sentiment is None

    @pytest.mark.models
    def test_analyses_of_the_stemmer(self, make):
        doc = make(models=["stemmer"])("Kitabı  okudum.")
        assert doc[0]._.analysis.startswith("kitap+Noun") and doc[1]._.analysis is None
        assert doc[0].lemma_ == "kitap" and doc[0].morph.get("Case") == ["Acc"]
