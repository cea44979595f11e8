"""Small stand-ins for the models, with their interface and no weights.

Every output depends on the sentence and its context alone, so any mix-up of rows shows.
"""

from vnlp_colab import catalog
from vnlp_colab.errors import InputError

# Named, since the stand-ins have the interface of these: the parser and the tagger are handed what they need.
ALL = ("stemmer", "pos:TreeStackPoS", "ner:CharNER", "dep:TreeStackDP", "sentiment:GRUSentimentAnalyzer")


class Stemmer:
    def __init__(self, log):
        self.log = log

    def predict_batch(self, batch):
        self.log.append(("stemmer", [list(tokens) for tokens in batch]))
        return [[f"{token.lower()}+Noun+A3sg^DB+Adj" for token in tokens] for tokens in batch]


class Tagger:
    def __init__(self, log):
        self.log = log

    def predict_batch(self, batch, morph):
        self.log.append(("pos", morph))
        return [
            [(token, f"P{len(tokens)}{analysis[:2]}") for token, analysis in zip(tokens, analyses, strict=True)]
            for tokens, analyses in zip(batch, morph, strict=True)
        ]


class Parser:
    def __init__(self, log, on_long):
        self.log = log
        self.on_long = on_long

    def predict_batch(self, batch, morph, pos):
        self.log.append(("dep", morph, pos))
        if self.on_long == "error" and any(len(tokens) > 40 for tokens in batch):
            raise InputError("the sentence has more than 40 tokens")
        return [
            [(i + 1, token, i, f"{tag}:{analysis[0]}") for i, (token, analysis, tag) in enumerate(rows)]
            for rows in (
                list(zip(tokens, analyses, tags, strict=True))
                for tokens, analyses, tags in zip(batch, morph, pos, strict=True)
            )
        ]


class EntityLabeller:
    def __init__(self, log):
        self.log = log

    def label_tokens(self, texts, tokens):
        self.log.append(("ner", list(texts)))
        return [["PER" if token[:1].isupper() else "O" for token in row] for _, row in zip(texts, tokens, strict=True)]


class Scorer:
    def __init__(self, log):
        self.log = log

    def predict_proba_batch(self, texts):
        self.log.append(("sentiment", list(texts)))
        return [len(text) % 97 / 97 for text in texts]


_CLASSES = {
    "stemmer": Stemmer,
    "pos": Tagger,
    "ner": EntityLabeller,
    "sentiment": Scorer,
}


class Factory:
    """Makes the stand-ins, one class a task.

    Attributes:
        made: ``(task, keywords)`` of each model made.
        log: What each call handed over, its task first.
    """

    def __init__(self):
        self.made = []
        self.log = []

    def __call__(self, name, **options):
        task = str(catalog.model(name).task)
        self.made.append((task, options))
        return Parser(self.log, options["on_long"]) if task == "dep" else _CLASSES[task](self.log)

    def calls(self, task):
        return [call for call in self.log if call[0] == task]
