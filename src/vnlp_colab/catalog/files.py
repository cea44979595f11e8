"""The table of files that models are built from: wheels, what is read from them, and weights in VNGRS's bucket.

Nothing else in the package states a source file's name, size or hash.
"""

from __future__ import annotations

from vnlp_colab.catalog.spec import Member, WeightFile, Wheel

LICENCE = "AGPL-3.0"

BUCKET = "https://vnlp-model-weights.s3.eu-west-1.amazonaws.com/"
"""Where VNGRS serves the weights that no wheel holds, unless ``VNLP_COLAB_WEIGHTS`` names another place."""

# Two versions, because neither has all: the older ships the weights, the newer ships the vocabularies as
# JSON where the older has pickles of a class that only TensorFlow could load.
WEIGHTS_WHEEL = Wheel(
    project="vngrs-nlp",
    version="0.1.4.4",
    filename="vngrs_nlp-0.1.4.4-py3-none-any.whl",
    size=98_672_929,
    sha256="dca2bf200859f3e6ce05124164ee63f043b720b2fb51bbabc32b1fe94e958f35",
    licence=LICENCE,
)
RESOURCES_WHEEL = Wheel(
    project="vngrs-nlp",
    version="0.2.4",
    filename="vngrs_nlp-0.2.4-py3-none-any.whl",
    size=3_290_830,
    sha256="6f70f6b167569515a37e1b1ea1ce70b336dd63c754c3b7183bb89ffc8369da95",
    licence=LICENCE,
)
WHEELS: tuple[Wheel, ...] = (WEIGHTS_WHEEL, RESOURCES_WHEEL)

STEMMER_WEIGHTS = Member(
    WEIGHTS_WHEEL,
    "vnlp/stemmer_morph_analyzer/resources/model_weights.hdf5",
    9_395_536,
    "ae7859fb2c53d8b4c833618c774d7408fcb2f64c59775a72da0a2348a9cbc49b",
)
POS_WEIGHTS = Member(
    WEIGHTS_WHEEL,
    "vnlp/part_of_speech_tagger/resources/model_weights_except_word_embedding.pickle",
    7_962_175,
    "f1f2ffb66c44a92e83dc3b49c5b69d0f653a12a2b6767c59490c88861ee5a6e6",
)
DEP_WEIGHTS = Member(
    WEIGHTS_WHEEL,
    "vnlp/dependency_parser/resources/model_weights_except_word_embedding.pickle",
    27_579_600,
    "cf4eefc8e480a177942b66df51f244d584cb568ad1001bb216f228f4485345f4",
)
NER_WEIGHTS = Member(
    WEIGHTS_WHEEL,
    "vnlp/named_entity_recognizer/resources/model_weights.hdf5",
    5_356_040,
    "9d8e1035776fc1143abf73d277900e17fbb3d957e39fee0ac1de8a65e7423662",
)
SENTIMENT_WEIGHTS = Member(
    WEIGHTS_WHEEL,
    "vnlp/sentiment_analyzer/resources/model_weights_except_word_embedding.pickle",
    2_798_332,
    "a9f623297d9fae86e2ba822f5a098dc4043717c9d21d760848626ffb55b26fd4",
)
WORD_VECTORS = Member(
    WEIGHTS_WHEEL,
    "vnlp/tokenizer/word_embedding.matrix",
    32_764_032,
    "d72695f7fa8b6dfe3fb493a07c749ef1031b83764b21ce2dc8571f7737d5871e",
)

# The lexicon's three files are byte for byte the same in both wheels; the small wheel is the cheaper read.
EXACT_LOOKUP = Member(
    RESOURCES_WHEEL,
    "vnlp/stemmer_morph_analyzer/resources/ExactLookup.txt",
    341_879,
    "ffcdb29d4b5f4559f24f578b6f52adad73714147b03e43dbf28d6c76b414ef06",
)
STEM_LIST = Member(
    RESOURCES_WHEEL,
    "vnlp/stemmer_morph_analyzer/resources/StemListWithFlags_v2.txt",
    1_074_263,
    "965f8dabafb7ff64ba8baa692e20aa238e9cf78e2fde7d3d6f3bcc17c463de70",
)
SUFFIXES = Member(
    RESOURCES_WHEEL,
    "vnlp/stemmer_morph_analyzer/resources/Suffixes&Tags.txt",
    12_398_306,
    "7a8fd0a13f93c5f6e65abae43bc54eb2d2d23aefae263ad8c22e9a9fae5547b1",
)
STEMMER_CHARACTERS = Member(
    RESOURCES_WHEEL,
    "vnlp/stemmer_morph_analyzer/resources/Stemmer_char_tokenizer.json",
    8_424,
    "9c89d3b8805a81bddfea4f9ff54670bf98d2ab1381d3fc6ae290072c5d25a9e3",
)
MORPHOLOGICAL_TAGS = Member(
    RESOURCES_WHEEL,
    "vnlp/stemmer_morph_analyzer/resources/Stemmer_morph_tag_tokenizer.json",
    10_883,
    "9fb903a153b98e2600f5cb53e83f33b237aa2abb292c05f19fc6c6c5f1a63d2b",
)
WORDS = Member(
    RESOURCES_WHEEL,
    "vnlp/resources/TB_word_tokenizer.json",
    3_645_800,
    "e15cd74e45db6a4e44636178290f474d85e569d5521502f588c398b426c6a4fe",
)
POS_LABELS = Member(
    RESOURCES_WHEEL,
    "vnlp/part_of_speech_tagger/resources/PoS_label_tokenizer.json",
    1_548,
    "76505272225048893a1e6ae2c3a8110d4e200620d9bf1b5e982033f7758e0910",
)
DEP_LABELS = Member(
    RESOURCES_WHEEL,
    "vnlp/dependency_parser/resources/DP_label_tokenizer.json",
    4_367,
    "566c8aad262b566415121580f00cfe84356d777575ea6de3e74c6d66ef8e5a3f",
)
NER_CHARACTERS = Member(
    RESOURCES_WHEEL,
    "vnlp/named_entity_recognizer/resources/CharNER_char_tokenizer.json",
    84_494,
    "4f7f10a335b89fb5287a5328333d86ddb15549c43f684d3dc563326d071f7339",
)
NER_LABELS = Member(
    RESOURCES_WHEEL,
    "vnlp/named_entity_recognizer/resources/NER_label_tokenizer.json",
    565,
    "49a48c1002968470ce09c294a680ad5520982591a9ccb0dbff5e358b89fa975f",
)
SENTENCE_PIECES = Member(
    RESOURCES_WHEEL,
    "vnlp/resources/SPU_word_tokenizer_16k.model",
    526_207,
    "d6077a3956ad464d8e2758109b1166fbe87beb4f4e0643c5015c73b278c3a77d",
)
# The text tools' lists and tables.
ABBREVIATIONS = Member(
    RESOURCES_WHEEL,
    "vnlp/resources/non_breaking_prefixes_tr.txt",
    6_157,
    "531a508c41191e9226e2cb9cdef7f74118fec299da03aeb8f4f8238a6439cb2a",
)
STOP_WORDS = Member(
    RESOURCES_WHEEL,
    "vnlp/resources/turkish_stop_words.txt",
    1_884,
    "a8288b24d20e1c0c583409b31692b40194ccbd29ba5651581502b081ef8a3758",
)
DEASCIIFIER = Member(
    RESOURCES_WHEEL,
    "vnlp/normalizer/_deasciifier.py",
    384_660,
    "ede883af6fe2fc5fe1755f5712bbe6d1698882c82e51d2a4b21f324c51674f3e",
)
LEXICON = Member(
    RESOURCES_WHEEL,
    "vnlp/resources/turkish_known_words_lexicon.txt",
    1_315_491,
    "94ebaf576ce74efcb1b50b0a2e52fff2ed93a12879865b73290bc2d29e2b0152",
)
MEMBERS: tuple[Member, ...] = (
    STEMMER_WEIGHTS,
    POS_WEIGHTS,
    DEP_WEIGHTS,
    NER_WEIGHTS,
    SENTIMENT_WEIGHTS,
    WORD_VECTORS,
    EXACT_LOOKUP,
    STEM_LIST,
    SUFFIXES,
    STEMMER_CHARACTERS,
    MORPHOLOGICAL_TAGS,
    WORDS,
    POS_LABELS,
    DEP_LABELS,
    NER_CHARACTERS,
    NER_LABELS,
    SENTENCE_PIECES,
    ABBREVIATIONS,
    STOP_WORDS,
    DEASCIIFIER,
    LEXICON,
)

# Several times what any of them needs, so that files in each other's places reach the converter, which can say what is
# wrong with them; yet a flood ends.
_LIMIT = 64 << 20
SPU_POS_WEIGHTS = WeightFile("PoS_SPUContext_prod.weights", _LIMIT)
SPU_POS_EVAL_WEIGHTS = WeightFile("PoS_SPUContext_eval.weights", _LIMIT)
SPU_NER_WEIGHTS = WeightFile("NER_SPUContext_prod.weights", _LIMIT)
SPU_NER_EVAL_WEIGHTS = WeightFile("NER_SPUContext_eval.weights", _LIMIT)
SPU_DEP_WEIGHTS = WeightFile("DP_SPUContext_prod.weights", _LIMIT)
SPU_DEP_EVAL_WEIGHTS = WeightFile("DP_SPUContext_eval.weights", _LIMIT)
SPU_SENTIMENT_WEIGHTS = WeightFile("Sentiment_SPUCBiGRU_prod.weights", _LIMIT)
SPU_SENTIMENT_EVAL_WEIGHTS = WeightFile("Sentiment_SPUCBiGRU_eval.weights", _LIMIT)
SPU_EMBEDDING = WeightFile("SPUTokenized_word_embedding_16k.matrix", _LIMIT)
WEIGHTS: tuple[WeightFile, ...] = (
    SPU_POS_WEIGHTS,
    SPU_POS_EVAL_WEIGHTS,
    SPU_NER_WEIGHTS,
    SPU_NER_EVAL_WEIGHTS,
    SPU_DEP_WEIGHTS,
    SPU_DEP_EVAL_WEIGHTS,
    SPU_SENTIMENT_WEIGHTS,
    SPU_SENTIMENT_EVAL_WEIGHTS,
    SPU_EMBEDDING,
)
