"""What the package offers, and what importing it costs."""

import subprocess
import sys

import pytest

import vnlp_colab

NAMES = {
    *("VNLPipeline", "Sentence", "Token", "Entity", "Failure", "Limits"),
    *("PoSTagger", "NamedEntityRecognizer", "DependencyParser", "StemmerAnalyzer", "SentimentAnalyzer"),
    *("SPUContextPoS", "SPUContextNER", "SPUContextDP", "SPUCBiGRUSentimentAnalyzer"),
    *("TreeStackPoS", "TreeStackDP", "CharNER", "GRUSentimentAnalyzer"),
    *("ContextPoS", "ContextNER", "ContextDP", "ContextLemma", "ContextFeats"),
    *(
        "Normalizer",
        "WordEmbeddings",
        "SentenceSplitter",
        "StopwordRemover",
        "TreebankWordTokenize",
        "WordPunctTokenize",
    ),
    *("VNLPError", "ModelNotAvailable", "OfflineError", "CorruptDownload", "StorageError"),
    *("InputError", "DeviceError", "ConversionError", "ModelError", "WorkerError", "MissingExtra"),
    "render",
    "read_conllu",
}


def test_the_names_are_there():
    assert {*NAMES, "__version__"} == set(vnlp_colab.__all__) <= set(dir(vnlp_colab))


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_name_can_be_had(name):
    assert getattr(vnlp_colab, name).__name__ == name


def test_every_error_is_public():
    from vnlp_colab import errors

    defined = {
        name for name, value in vars(errors).items() if isinstance(value, type) and "Error" in str(value.__mro__)
    }
    assert {name for name in defined if issubclass(getattr(errors, name), errors.VNLPError)} <= NAMES


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = vnlp_colab.Nonsense


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_importing_loads_nothing_and_reads_no_file():
    code = """
import sys, importlib
opened = []
sys.addaudithook(lambda event, args: opened.append(args[0]) if event == "open" else None)
import vnlp_colab
heavy = {"pandas", "numpy", "onnx", "onnxruntime", "h5py", "pyarrow", "typer", "tqdm"} & set(sys.modules)
others = [path for path in opened if not str(path).endswith((".py", ".pyc"))]
print(sorted(heavy), others, sorted(name for name in sys.modules if name.startswith("vnlp_colab")))
"""
    assert python(code) == "[] [] ['vnlp_colab']\n"


@pytest.mark.parametrize(
    "name", ["Normalizer", "SentenceSplitter", "StopwordRemover", "TreebankWordTokenize", "Sentence", "InputError"]
)
def test_text_tools_need_no_numpy(name):
    code = f"import sys, vnlp_colab; vnlp_colab.{name}; print({{'numpy', 'pandas', 'onnxruntime'}} & set(sys.modules))"
    assert python(code) == "set()\n"


def test_the_pipeline_is_importable_without_pandas_and_runtime():
    code = "import sys, vnlp_colab; vnlp_colab.VNLPipeline; print({'pandas', 'onnxruntime'} & set(sys.modules))"
    assert python(code) == "set()\n"


def test_a_start_brings_nothing_along_that_fetches_or_locks():
    code = (
        "import sys, vnlp_colab; vnlp_colab.VNLPipeline; print({'http.client', 'ssl', 'filelock'} & set(sys.modules))"
    )
    assert python(code) == "set()\n"
