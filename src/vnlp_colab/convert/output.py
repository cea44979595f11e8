"""What a builder returns."""

from __future__ import annotations

import onnx

Files = dict[str, "onnx.ModelProto | bytes"]
"""Files of a converted model by name: graphs, and JSON already encoded."""
