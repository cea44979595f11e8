"""How long a fresh process takes to its first sentence: prints one line of JSON.

The clock starts with the first statement; the parent adds what the interpreter takes before that.
"""

import time

_BEGIN = time.perf_counter()

import json  # noqa: E402
import sys  # noqa: E402

import vnlp_colab  # noqa: E402

_IMPORTED = time.perf_counter()

from benchmarks.names import PIPELINES  # noqa: E402

_NAME, _TEXT = sys.argv[1:]
if _NAME in PIPELINES:
    _pipe = vnlp_colab.VNLPipeline(PIPELINES[_NAME], device="cpu", progress=False)
    _LOADED = time.perf_counter()
    next(_pipe.annotate([_TEXT]))
else:
    from vnlp_colab.models.registry import create

    _model = create(_NAME, device="cpu")
    _LOADED = time.perf_counter()
    _model.predict_batch([_TEXT])
_DONE = time.perf_counter()

from benchmarks.runners.protocol import memory  # noqa: E402

_FOUND = {"import": _IMPORTED - _BEGIN, "load": _LOADED - _IMPORTED, "first sentence": _DONE - _LOADED}
print(json.dumps({**_FOUND, "peak_mb": memory()["peak_mb"]}))
