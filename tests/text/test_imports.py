"""The text package stays light."""

from __future__ import annotations

import subprocess
import sys


def test_needs_neither_numpy_nor_models() -> None:
    program = (
        "import sys, vnlp_colab.text.tokenise, vnlp_colab.text.casing, vnlp_colab.text.normalise\n"
        "heavy = {'numpy', 'pandas', 'onnxruntime', 'onnx', 'h5py', 'vnlp_colab.models'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
