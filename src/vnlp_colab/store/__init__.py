"""The cache of what is fetched and converted."""

from __future__ import annotations

from vnlp_colab.store.bundles import Bundle, Sources, bundle
from vnlp_colab.store.paths import home, offline

__all__ = ["Bundle", "Sources", "bundle", "home", "offline"]
