"""Files that come with this package."""

from __future__ import annotations

from importlib.resources import files

from vnlp_colab.catalog import Bundled
from vnlp_colab.errors import StorageError
from vnlp_colab.store.atomic import sha256_bytes


def read(source: Bundled) -> bytes:
    """Return the content of a file.

    Raises:
        StorageError: It is missing or damaged; only installing the package again helps.
    """
    try:
        content = files("vnlp_colab").joinpath("data", *source.path.split("/")).read_bytes()
    except OSError as error:
        raise StorageError(f"{source.path} is missing from this installation; install vnlp-colab again") from error
    if sha256_bytes(content) != source.sha256:
        raise StorageError(f"{source.path} is damaged in this installation; install vnlp-colab again")
    return content
