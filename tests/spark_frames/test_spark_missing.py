"""Where there is no PySpark."""

import sys

import pytest

from vnlp_colab.errors import MissingExtra


def test_without_pyspark_the_error_names_the_extra(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("vnlp_colab.spark")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(MissingExtra, match=r"needs PySpark\. Install it with: pip install 'vnlp-colab\[spark\]'"):
        import vnlp_colab.spark  # noqa: F401
