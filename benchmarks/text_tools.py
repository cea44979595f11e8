"""How fast the text tools are: megabytes (10^6 bytes of UTF-8) a second of one core's time.

Run as ``python -m benchmarks.text_tools TEXT_FILE``; with ``--json`` the figures go to stdout with the machine.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import machine
from vnlp_colab import Normalizer, SentenceSplitter, StopwordRemover, TreebankWordTokenize, WordPunctTokenize

FLOORS = {"split_sentences": 1.0, "lower_case": 1.0, "remove_punctuations": 1.0, "remove_accent_marks": 1.0,
          "deasciify": 0.5, "deasciify, distinct tokens": 0.5}  # fmt: skip
"""What is promised, MB/s."""

_PLAIN = str.maketrans("çğıöşüÇĞİÖŞÜ", "cgiosuCGIOSU")
_MEGABYTE = 1_000_000


def tasks(text: str) -> dict[str, tuple[Callable[[Any], Any], Any]]:
    """Return each tool with what it is handed; tables are loaded and nothing is remembered from the text."""
    tokens = text.split()
    plain = [token.translate(_PLAIN) for token in tokens]
    Normalizer.deasciify([])
    return {
        "split_sentences": (SentenceSplitter().split_sentences, text),
        "lower_case": (Normalizer.lower_case, text),
        "remove_punctuations": (Normalizer.remove_punctuations, text),
        "remove_accent_marks": (Normalizer.remove_accent_marks, text),
        "deasciify, distinct tokens": (Normalizer.deasciify, list(dict.fromkeys(plain))),
        "deasciify": (Normalizer.deasciify, plain),
        "convert_numbers_to_words": (Normalizer.convert_numbers_to_words, tokens),
        "drop_stop_words": (StopwordRemover().drop_stop_words, tokens),
        "dynamically_detect_stop_words": (StopwordRemover().dynamically_detect_stop_words, tokens),
        "WordPunctTokenize": (WordPunctTokenize, text),
        "TreebankWordTokenize": (TreebankWordTokenize, text),
        "correct_typos": (Normalizer.correct_typos, text[: len(text) // 10]),
    }


def measure(text: str, repeats: int = 3) -> dict[str, float]:
    """Return MB/s of each tool: the best of some runs, the first alone where a tool remembers words."""
    Normalizer.correct_typos("hazırlan")
    rates = {}
    for name, (call, given) in tasks(text).items():
        size = len((given if isinstance(given, str) else " ".join(given)).encode()) / _MEGABYTE
        remembers = name.startswith(("deasciify", "correct"))
        seconds = min(_seconds(call, given) for _ in range(1 if remembers else repeats))
        rates[name] = round(size / seconds, 2)
    return rates


def _seconds(call: Callable[[Any], Any], given: Any) -> float:
    started = time.process_time()
    call(given)
    return time.process_time() - started


def main() -> None:
    """Measure and print; exit with 1 if a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", type=Path, help="A file of Turkish text, UTF-8, a megabyte or more.")
    parser.add_argument("--json", action="store_true", help="Print the figures with the machine as JSON.")
    options = parser.parse_args()
    rates = measure(options.text.read_text(encoding="utf-8"))
    if options.json:
        print(json.dumps({"megabytes_a_second": rates, **machine.describe()}, ensure_ascii=False, indent=2))
    else:
        for name, rate in rates.items():
            print(f"{name:32}{rate:10.2f} MB/s{f'   (promised: {FLOORS[name]})' if name in FLOORS else ''}")
    slow = [name for name, floor in FLOORS.items() if rates[name] < floor]
    if slow:
        raise SystemExit(f"slower than promised: {', '.join(slow)}")


if __name__ == "__main__":
    main()
