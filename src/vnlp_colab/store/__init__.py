"""The cache of what is fetched and converted, and the stores that it can be fetched from and published to."""

from __future__ import annotations

from vnlp_colab.store.bundles import Bundle, bundle
from vnlp_colab.store.paths import home, offline
from vnlp_colab.store.sources import Sources

__all__ = ["Bundle", "Sources", "bundle", "home", "offline"]
