"""Imports run one way.

    errors <- text <- results, catalog <- store, runtime, encoding <- models <- tools <- pipeline <- service <- cli
                                                                                                  <- spacy, ray, spark

``convert`` stands beside: it uses catalog, store and encoding, and is used by cli, and by store when it builds.
``rendering`` draws results, and is used by cli, and by results when a notebook shows one.
"""

import ast
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = "vnlp_colab"
SOURCE = Path(__file__).resolve().parents[1] / "src" / PACKAGE

_GROUND = {"errors", "results"}
_MEANS = _GROUND | {"text", "catalog"}
_MODELS = _MEANS | {"store", "runtime", "encoding"}
ALLOWED = {
    "errors": set(),
    "results": {"errors", "text"},
    "text": {"errors"},
    "catalog": _GROUND,
    "store": _MEANS,
    "runtime": _MEANS,
    "encoding": _MEANS,
    "convert": {"errors", "catalog", "store", "encoding"},
    "models": _MODELS,
    "tools": _MODELS | {"models"},
    "rendering": _GROUND,
    "pipeline": _MODELS | {"models", "tools"},
    "service": _MODELS | {"models", "tools", "pipeline"},
    "spacy": _MODELS | {"models", "tools", "pipeline"},
    "ray": _MODELS | {"models", "tools", "pipeline"},
    "spark": _MODELS | {"models", "tools", "pipeline"},
    "cli": _MODELS | {"models", "tools", "pipeline", "rendering", "service", "convert"},
}

# Libraries with one home. A file, or a folder.
HOMES = {
    "onnxruntime": ("runtime/session.py",),
    "pandas": ("pipeline/frame.py",),
    "polars": ("pipeline/polars.py",),
    "tensorflow": ("convert/keras.py", "pipeline/tf_data.py"),
    "typer": ("cli/",),
    **dict.fromkeys(
        ("fastapi", "fastapi_offline", "prometheus_client", "pydantic", "starlette", "structlog", "uvicorn"),
        ("service/",),
    ),
    "spacy": ("rendering.py", "spacy/"),
    "ray": ("ray/",),
    "pyspark": ("spark/",),
}
# Libraries that a layer does without.
NEVER = {layer: {"numpy", "onnx", "h5py", "pyarrow"} for layer in ("errors", "results", "text", "catalog")}


class Import(NamedTuple):
    module: str
    line: int
    lazy: bool


def imports(path, tree):
    """Yield what a module imports, relative imports resolved; ``lazy`` is what stands in a function."""
    parts = [PACKAGE, *Path(path).with_suffix("").parts]
    package = parts[:-1]
    for node, lazy in statements(tree, False):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # "from vnlp_colab import catalog": the names may be modules themselves.
            yield from (Import(f"{module}.{alias.name}", node.lineno, lazy) for alias in node.names)


def statements(node, lazy):
    """Yield every statement below a node, and whether it stands in a function. Expressions import nothing."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield child, lazy
            yield from statements(child, lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))


def violations(sources):
    """Return what breaks the rules in ``{path inside the package: source}``."""
    found = []
    folders = architectures(sources)
    for path, source in sources.items():
        for item in imports(path, ast.parse(source)):
            fault = judge(path, item, folders)
            if fault:
                found.append(f"{path}:{item.line}: {fault}")
    return found


def architectures(sources):
    """Return the folders under models/."""
    return {parts[1] for parts in (Path(path).parts for path in sources) if parts[0] == "models" and len(parts) > 2}


def judge(path, item, folders):
    layer = Path(path).parts[0].removesuffix(".py")
    top, *below = item.module.split(".")
    if top != PACKAGE:
        homes = HOMES.get(top)
        if homes and not any(path == home or (home.endswith("/") and path.startswith(home)) for home in homes):
            return f"{top} may be imported in {', '.join(homes)} only"
        return f"{layer} does without {top}" if top in NEVER.get(layer, ()) else None
    if layer == "__init__":  # it names them all, and imports them at first use
        return None
    target = below[0] if below else ""
    if target == layer:
        return judge_models(path, below, folders) if layer == "models" else None
    if target == "convert" and layer == "store":
        return None if item.lazy else "store may import convert inside a function only"
    if target == "rendering" and layer == "results":
        return None if item.lazy else "results may import rendering inside a function only"
    if target in ALLOWED and target not in ALLOWED[layer]:
        return f"{layer} may not import {target}"
    return None


def judge_models(path, below, folders):
    """Architectures never import each other, nor what they share any of them."""
    own = Path(path).parts[1]
    other = below[1] if len(below) > 1 else ""
    if other in folders and other != own and own != "facades.py":
        return f"models/{own} may not import models/{other}"
    return None


def package_sources():
    files = sorted(SOURCE.rglob("*.py"))
    return {path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8") for path in files}


def test_imports_run_one_way():
    assert violations(package_sources()) == []


def test_every_layer_has_a_rule():
    assert {Path(path).parts[0].removesuffix(".py") for path in package_sources()} <= {*ALLOWED, "__init__", "__main__"}


@pytest.mark.parametrize(
    ("path", "line", "says"),
    [
        ("errors.py", "from vnlp_colab import text", "errors may not import text"),
        ("text/a.py", "import numpy as np", "text does without numpy"),
        ("text/a.py", "from vnlp_colab.catalog import x", "text may not import catalog"),
        ("catalog/a.py", "from vnlp_colab.store import x", "catalog may not import store"),
        ("runtime/a.py", "import onnxruntime", "onnxruntime may be imported in runtime/session.py only"),
        ("runtime/a.py", "from onnxruntime.capi import x", "onnxruntime may be"),
        ("runtime/a.py", "from vnlp_colab.models.x import y", "runtime may not import models"),
        ("runtime/a.py", "from ..models import y", "runtime may not import models"),
        ("runtime/a.py", "from .. import models", "runtime may not import models"),
        ("runtime/deep/a.py", "from ...models.x import y", "runtime may not import models"),
        ("runtime/a.py", "def f():\n    import vnlp_colab.models", "runtime may not import models"),
        ("store/a.py", "from vnlp_colab import convert", "store may import convert inside a function only"),
        ("results/a.py", "from vnlp_colab import rendering", "results may import rendering inside a function only"),
        ("models/a.py", "from vnlp_colab import convert", "models may not import convert"),
        ("models/one/a.py", "from vnlp_colab.models.two.b import y", "models/one may not import models/two"),
        ("models/one/a.py", "from ..two import b", "models/one may not import models/two"),
        ("models/one/a.py", "from vnlp_colab.models import two", "models/one may not import models/two"),
        ("models/shared.py", "from vnlp_colab.models.two import b", "models/shared.py may not import models/two"),
        ("models/one/a.py", "from vnlp_colab.pipeline import x", "models may not import pipeline"),
        ("pipeline/a.py", "import pandas.api.types", "pandas may be imported in pipeline/frame.py only"),
        ("pipeline/a.py", "from vnlp_colab.cli import x", "pipeline may not import cli"),
        ("convert/a.py", "from vnlp_colab.runtime import x", "convert may not import runtime"),
        ("convert/a.py", "import tensorflow", "tensorflow may be imported in"),
        ("store/a.py", "import typer", "typer may be imported in cli/ only"),
        ("pipeline/a.py", "from vnlp_colab.service import x", "pipeline may not import service"),
        ("service/a.py", "from vnlp_colab.cli import x", "service may not import cli"),
        ("cli/a.py", "import fastapi", "fastapi may be imported in service/ only"),
        ("pipeline/a.py", "import ray.data", "ray may be imported in ray/ only"),
        ("ray/a.py", "from vnlp_colab.service import x", "ray may not import service"),
    ],
)
def test_a_violation_is_caught(path, line, says):
    (found,) = violations({path: line, "models/two/b.py": ""})
    assert says in found


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("store/a.py", "def f():\n    from vnlp_colab import convert"),
        ("results/a.py", "def f():\n    from vnlp_colab import rendering"),
        ("runtime/session.py", "import onnxruntime"),
        ("pipeline/frame.py", "import pandas as pd"),
        ("models/one/a.py", "from .b import y"),
        ("models/one/a.py", "from vnlp_colab.models.shared import y"),
        ("cli/a.py", "from vnlp_colab import __version__"),
        ("cli/a.py", "from vnlp_colab.convert import x"),
    ],
)
def test_what_is_allowed_passes(path, line):
    assert violations({path: line, "models/two/b.py": ""}) == []
