"""Turkish NLP at speed: VNGRS's VNLP models on ONNX Runtime."""

__version__ = "0.1.0"
