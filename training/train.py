"""Train one network for all tasks: ``python -m training.train training/configs/context.toml --data D --runs R``.

A run can be stopped and started again at any time: it goes on from its last checkpoint. The learning rate rises,
stays, and falls to nothing over the last ``cooldown`` steps; the fall starts early if dev data stop getting better, or
if a file ``cooldown`` appears in the run's folder. The step at which it started is kept with the weights: written as
``steps`` into the configuration, it repeats the run.
"""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from training import arguments, final, state
from training.batches import Item, WordTable, collate, endless, entity_item, tree_item
from training.config import Config
from training.curves import draw
from training.data.conllu import read_conllu
from training.data.corpora import STYLES, Corpora, load
from training.labels import Numbers, take_inventory
from training.losses import entity_loss, tree_loss
from training.network import Network
from training.pretrain import pretrain
from training.scoring import score_entities, score_trees
from training.vocabulary import WordVectors, train_pieces

_CHECKPOINT = 200
_CLIP = 2.0
_LIMIT = 120
"""Longer training sentences are left out: they are few, and cost a batch each."""


class Run:
    """A training run with all it reads.

    Args:
        config: Its settings.
        corpora: The data.
        folder: Where logs and checkpoints lie.
        root: The folder of the data.
    """

    def __init__(self, config: Config, corpora: Corpora, folder: Path, root: Path) -> None:
        self.config = config
        self.folder = folder
        self._commit = state.commit()
        self.corpora = corpora
        words = WordVectors.load()
        if config.words:
            for name in ("pieces.model", "words.pt"):
                shutil.copyfile(folder.parent / config.words / name, folder / name)
        pieces = train_pieces(folder / "pieces.model", config.pieces, words, corpora, root)
        encoder = pretrain(config, words, pieces, folder)
        self.inventory = take_inventory(tree for trees in corpora.trees.values() for tree in trees)
        self.table = WordTable(pieces, words.words, config.stems)
        self._numbers = Numbers(self.inventory)
        state.seed_all(config.seed)
        self.network = Network(config, self.inventory, torch.from_numpy(words.vectors))
        self.network.words.load_state_dict(encoder)
        if config.start:
            self.network.load_state_dict(state.load(folder.parent / config.start / final.FILE)["network"])
        self.average = state.Average(self.network, config.average)
        own = list(self.network.words.parameters())
        rest = [p for name, p in self.network.named_parameters() if not name.startswith("words.")]
        groups = [{"params": own, "rate": config.word_rate}, {"params": rest, "rate": config.rate}]
        self.optimiser = torch.optim.AdamW(groups, lr=config.rate, betas=(0.9, 0.98), weight_decay=1e-5, fused=True)
        self.step = 0
        self.steps = config.steps
        self.best = 0.0
        self.waited = 0
        self.history: list[dict[str, Any]] = []
        self._resume()

    def streams(self) -> dict[str, Iterator[list[Item]]]:
        """Endless batches of each kind, beginning where the run stands."""
        trees = [item for name, found in self.corpora.trees.items() for item in self._trees(found, name)]
        entities = [
            entity_item(sentence, name, self.table)
            for name, sentences in self.corpora.entities.items()
            for sentence in sentences
            if len(sentence.words) <= _LIMIT
        ]
        seeds = random.Random(self.config.seed * 1_000_003 + self.step)
        made = {"tree": trees, "entity": entities}
        if self.config.self_training:
            made["self"] = [
                item
                for name in self.config.self_training
                for item in self._trees(read_conllu(self.folder / name), name.split("-")[0])
            ]
        return {name: endless(items, self.config.tokens, random.Random(seeds.random())) for name, items in made.items()}

    def _trees(self, trees: list[Any], style: str) -> list[Item]:
        return [
            tree_item(tree, style if style in STYLES else "unk", self.table, self._numbers)
            for tree in trees
            if len(tree.words) <= _LIMIT
        ]

    def train(self) -> None:
        """Run to the end."""
        config = self.config
        streams = self.streams()
        started, first = time.process_time(), self.step
        totals: dict[str, list[float]] = {name: [] for name in streams}
        self.network.train()
        while self.step < self.steps:
            kind = self._draw_kind()
            totals[kind].append(self._take_step(kind, next(streams[kind])))
            self.step += 1
            self.average.update(self.network, self.step)
            if (self.folder / "cooldown").exists():
                (self.folder / "cooldown").unlink()
                self._cool("asked for")
            if self.step % config.evaluate_every == 0 or self.step == self.steps:
                speed = (time.process_time() - started) / (self.step - first)
                means = {name: sum(x) / max(1, len(x)) for name, x in totals.items()}
                self._evaluate(means, speed)
                totals = {name: [] for name in streams}
            if self.step % _CHECKPOINT == 0 or self.step == self.steps:
                self._save()
        self._finish()

    def _draw_kind(self) -> str:
        """What the next step reads: of the step alone, so that an interrupted run draws what it would have drawn."""
        config = self.config
        drawn = random.Random(config.seed * 7_000_003 + self.step).random()
        cooling = self.step >= self.steps - config.cooldown
        share = config.cooldown_ner_share if cooling else config.ner_share
        if drawn < share:
            return "entity"
        return "self" if drawn < share + config.self_share else "tree"

    def _take_step(self, kind: str, items: list[Item]) -> float:
        batch = collate(items, self.table)
        entity = kind == "entity"
        loss = entity_loss(self.network, batch) if entity else tree_loss(self.network, batch, self.inventory)
        factor = min(1.0, (self.step + 1) / self.config.warmup, (self.steps - self.step) / self.config.cooldown)
        for group in self.optimiser.param_groups:
            group["lr"] = group["rate"] * factor
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), _CLIP)
        self.optimiser.step()
        return float(loss.detach())

    def _cool(self, reason: str) -> None:
        steps = min(self.steps, self.step + self.config.cooldown)
        if steps < self.steps:
            self.steps = steps
            print(f"step {self.step}: cooldown, {reason}; ends at step {self.steps}", flush=True)

    def _evaluate(self, losses: dict[str, float], seconds: float) -> None:
        before = state.swapped(self.network, self.average.weights)
        scores: dict[str, Any] = {}
        for name, trees in self.corpora.dev_trees.items():
            scores[name] = score_trees(self.network, self._trees(trees, name), self.table, self.inventory)
        for name, sentences in self.corpora.dev_entities.items():
            items = [entity_item(sentence, name, self.table) for sentence in sentences]
            scores[name] = score_entities(self.network, items, self.table, self.inventory)
        state.swapped(self.network, before)
        trees = [scores[name] for name in self.corpora.dev_trees]
        entities = [scores[name] for name in self.corpora.dev_entities]
        mean = {key: sum(tree[key] for tree in trees) / len(trees) for key in trees[0]}
        mean["ner"] = sum(entities) / len(entities)
        total = mean["upos"] + mean["las"] + mean["ner"]
        self.history.append({"step": self.step, "losses": losses, "scores": scores, "mean": mean})
        with (self.folder / "history.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(self.history[-1]) + "\n")
        shown = " ".join(f"{key} {value:.2f}" for key, value in mean.items())
        print(f"step {self.step}: {shown} {_rounded(losses)} {seconds:.2f} s a step {_rounded(scores)}", flush=True)
        draw(self.history, self.folder / "curves.png")
        if total > self.best:
            self.best, self.waited = total, 0
        else:
            self.waited += 1
            if self.waited >= self.config.patience:
                self._cool("dev scores no longer rise")

    def _save(self) -> None:
        state.save(
            self.folder / "checkpoint.pt",
            {
                "network": self.network.state_dict(),
                "average": self.average.weights,
                "optimiser": self.optimiser.state_dict(),
                "step": self.step,
                "steps": self.steps,
                "cooling": self.steps < self.config.steps,
                "best": self.best,
                "waited": self.waited,
                "history": self.history,
                "random": torch.get_rng_state(),
            },
        )

    def _resume(self) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.is_file():
            return
        stored = state.load(path)
        self.network.load_state_dict(stored["network"])
        self.optimiser.load_state_dict(stored["optimiser"])
        self.average.weights = stored["average"]
        self.step = stored["step"]
        # A run that is not cooling down yet can be made longer by its configuration.
        self.steps = stored["steps"] if stored.get("cooling") else self.config.steps
        self.best, self.waited, self.history = stored["best"], stored["waited"], stored["history"]
        torch.set_rng_state(stored["random"])
        print(f"goes on at step {self.step}", flush=True)

    def _finish(self) -> None:
        config = replace(self.config, steps=self.steps)
        about = {"dev": self.history[-1], "commit": self._commit}
        final.close(self.folder, config, self.corpora, self.inventory, self.average.weights, about)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return round(value, 2)


def main(given: Sequence[str] | None = None) -> None:
    """Train for a run's configuration."""
    config, data, folder = arguments.read(__doc__, given)
    folder.mkdir(parents=True, exist_ok=True)
    Run(config, load(data, config.held_out), folder, data).train()


if __name__ == "__main__":
    main()
