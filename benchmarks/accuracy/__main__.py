"""How right the models are.

    python -m benchmarks.accuracy --data DIR
    python -m benchmarks.accuracy --data DIR --models Context --treebanks boun kenet

``DIR`` has the treebanks of Universal Dependencies 2.9 (``ud29/tr_NAME-ud-test.conllu``) and the entity corpora
(``ner/``). Figures go to ``docs/models/accuracy.json``, where those of systems, treebanks and corpora that were not
measured stay, and as tables between two marks into ``docs/models.md``. Nothing else in either file is changed.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from training.data.corpora import SOURCES, TESTS, treebank

from benchmarks.accuracy.measure import is_trained, measure_entities, measure_trees
from benchmarks.accuracy.systems import SYSTEMS, System
from benchmarks.accuracy.tables import tables, write_between_marks
from vnlp_colab import store
from vnlp_colab.errors import ModelNotAvailable, OfflineError

_DOCS = Path(__file__).resolve().parents[2] / "docs"


def main() -> None:
    """Measure, and write figures and tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [system.name for system in SYSTEMS]
    parser.add_argument("--data", type=Path, required=True, help="folder of the data")
    parser.add_argument("--models", nargs="+", choices=names, default=names)
    parser.add_argument("--treebanks", nargs="*", choices=TESTS, default=list(TESTS))
    parser.add_argument("--entities", nargs="*", choices=SOURCES[1:], default=list(SOURCES[1:]))
    parser.add_argument("--styles", nargs="*", default=["boun", "unk"], help="other styles to measure treebanks in")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path, default=_DOCS / "models" / "accuracy.json")
    parser.add_argument("--page", type=Path, default=_DOCS / "models.md")
    arguments = parser.parse_args()
    for system in SYSTEMS:
        if system.name in arguments.models:
            started = time.perf_counter()
            found = _measured(system, arguments)
            print(f"{system.name}: {time.perf_counter() - started:.0f} s", flush=True)
            known = _known(arguments.json)
            known[system.name] = _with_former(found, known.get(system.name, {}))
            arguments.json.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
            write_between_marks(arguments.page, tables(known))
    print(f"{arguments.json} and {arguments.page} are written")


def _known(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def _with_former(found: dict[str, Any], former: dict[str, Any]) -> dict[str, Any]:
    """Return a system's figures with former ones of what was not measured now, if its weights are the same."""
    if "not_measured" in found or former.get("models") != found["models"]:
        return found
    return found | {part: former.get(part, {}) | found[part] for part in ("treebanks", "entities")}


def _measured(system: System, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return a system's figures."""
    try:
        for spec in system.catalogued():
            store.bundle(spec.name)
    except (ModelNotAvailable, OfflineError) as error:
        print(f"{system.name}: not measured: {error}", flush=True)
        return {"not_measured": "its weights are not to be had on the machine that measured"}
    if not is_trained(system, treebank(arguments.data, TESTS[0], "test"), arguments.threads):
        print(f"{system.name}: not measured: its weights here are not trained ones", flush=True)
        return {"not_measured": "the weights on the machine that measured were not trained ones"}
    say = lambda line: print(line, flush=True)  # noqa: E731
    found = {
        "treebanks": measure_trees(
            system, arguments.data, arguments.treebanks, arguments.styles, arguments.threads, say
        ),
        "entities": measure_entities(system, arguments.data, arguments.entities, arguments.threads, say),
    }
    complete = {"treebanks": tuple(arguments.treebanks) == TESTS, "entities": len(arguments.entities) == 3}
    for part, figures in found.items():
        if not complete[part]:
            figures.pop("all")  # of other data than it would be compared with
    return {"models": system.made_of(), "learned_from": system.seen, **found}


if __name__ == "__main__":
    main()
