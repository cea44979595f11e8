"""A small world for the store: wheels, a catalog row and a converter of our own.

Run as a program, it opens the fake bundle, as another process would: ``store_fakes.py WHEEL LOG``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import sys
import time
import zipfile
from pathlib import Path

import numpy as np

from vnlp_colab.catalog import Member, ModelSpec, WeightFile, Wheel
from vnlp_colab.store import bundles

CONTENT = {"demo/weights.bin": b"weights" * 1000, "demo/labels.json": b'{"labels": ["A", "\xc4\xb0"]}'}

WEIGHTS = b"unpinned weights" * 100


def write_wheel(folder: Path, content: dict[str, bytes] = CONTENT, version: str = "1.0") -> Wheel:
    """Write a wheel that pip accepts, the same bytes every time."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"vnlp_colab_demo_data-{version}-py3-none-any.whl"
    info = f"vnlp_colab_demo_data-{version}.dist-info"
    meta = {
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: vnlp-colab-demo-data\nVersion: %s\n" % version.encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (content | meta).items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return describe_wheel(path, version)


def describe_wheel(path: Path, version: str = "1.0") -> Wheel:
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return Wheel("vnlp-colab-demo-data", version, path.name, len(data), digest, "MIT")


def member(wheel: Wheel, path: str, data: bytes | None = None) -> Member:
    data = CONTENT[path] if data is None else data
    return Member(wheel, path, len(data), hashlib.sha256(data).hexdigest())


def model_spec(wheel: Wheel, name: str = "Demo") -> ModelSpec:
    return ModelSpec(
        name=name,
        task=None,
        architecture="demo",
        sources=(
            ("weights", member(wheel, "demo/weights.bin")),
            ("labels", member(wheel, "demo/labels.json")),
        ),
        requires=(),
        licence="MIT",
        origin="tests",
        description="a model for tests",
    )


def unpinned_spec(wheel: Wheel, name: str = "Demo") -> ModelSpec:
    """A model whose weights lie in the bucket, and whose labels lie in the wheel."""
    return dataclasses.replace(
        model_spec(wheel, name),
        sources=(
            ("weights", WeightFile("Demo.weights", 10_000)),
            ("labels", member(wheel, "demo/labels.json")),
        ),
    )


def onnx_bytes() -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "demo",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])],
        [numpy_helper.from_array(np.ones((3, 2), np.float32), "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString()


class FakeConverter:
    """Counts what it does; appends a line to ``log`` for each build, which other processes share."""

    CONVERTER_VERSION = 1

    def __init__(self, log: Path | None = None, seconds: float = 0.0) -> None:
        self.builds = 0
        self._log = log
        self._seconds = seconds

    def build(self, name: str, sources: bundles.Sources) -> dict[str, bytes]:
        self.builds += 1
        if self._log is not None:
            with self._log.open("a") as stream:
                stream.write(f"{os.getpid()}\n")
        time.sleep(self._seconds)
        return {
            "step.onnx": onnx_bytes(),
            "weights.bin": sources.role("weights"),
            "labels.json": sources.role("labels"),
        }


if __name__ == "__main__":
    wheel_file, log_file = map(Path, sys.argv[1:])
    opened = bundles.open_bundle(model_spec(describe_wheel(wheel_file)), converter=FakeConverter(log_file, seconds=0.5))
    print(opened.root)
