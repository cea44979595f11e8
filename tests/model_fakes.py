"""Small stand-ins for the models, with their interface and no weights.

Every output depends on the sentence and its context alone, so any mix-up of rows shows.
"""

from vnlp_colab.errors import InputError


class Stemmer:
    def __init__(self, log):
        self.log = log

    def predict_batch(self, batch):
        self.log.append(("StemmerAnalyzer", [list(tokens) for tokens in batch]))
        return [[f"{token.lower()}+Noun+A3sg^DB+Adj" for token in tokens] for tokens in batch]


class Tagger:
    def __init__(self, log):
        self.log = log

    def predict_batch(self, batch, morph):
        self.log.append(("TreeStackPoS", morph))
        return [
            [(token, f"P{len(tokens)}{analysis[:2]}") for token, analysis in zip(tokens, analyses, strict=True)]
            for tokens, analyses in zip(batch, morph, strict=True)
        ]


class Parser:
    def __init__(self, log, on_long):
        self.log = log
        self.on_long = on_long

    def predict_batch(self, batch, morph, pos):
        self.log.append(("TreeStackDP", morph, pos))
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
        self.log.append(("CharNER", list(texts)))
        return [["PER" if token[:1].isupper() else "O" for token in row] for _, row in zip(texts, tokens, strict=True)]


class Scorer:
    def __init__(self, log):
        self.log = log

    def predict_proba_batch(self, texts):
        self.log.append(("GRUSentimentAnalyzer", list(texts)))
        return [len(text) % 97 / 97 for text in texts]


class Factory:
    """Makes the stand-ins.

    Attributes:
        made: ``(name, keywords)`` of each model made.
        log: What each call handed over.
    """

    def __init__(self):
        self.made = []
        self.log = []

    def __call__(self, name, **options):
        self.made.append((name, options))
        if name == "TreeStackDP":
            return Parser(self.log, options["on_long"])
        classes = {
            "StemmerAnalyzer": Stemmer,
            "TreeStackPoS": Tagger,
            "CharNER": EntityLabeller,
            "GRUSentimentAnalyzer": Scorer,
        }
        return classes[name](self.log)

    def calls(self, name):
        return [call for call in self.log if call[0] == name]
