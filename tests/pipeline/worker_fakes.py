"""Stand-in models that do in a worker process what workers should survive. Importable from there."""

import os
import signal
import time
from pathlib import Path

from model_fakes import Factory
from vnlp_colab.errors import MissingExtra
from vnlp_colab.pipeline import identity


class Wrapped:
    """A factory of stand-ins whose tagger is handed every batch through ``before``."""

    def __init__(self, folder=None):
        self.folder = folder

    def __call__(self, name, **options):
        self.made(name)
        model = Factory()(name, **options)
        if name == "TreeStackPoS":
            predict = model.predict_batch

            def predict_batch(batch, **given):
                self.before([token for tokens in batch for token in tokens])
                return predict(batch, **given)

            model.predict_batch = predict_batch
        return model

    def made(self, name):
        pass

    def before(self, tokens):
        pass


class Deadly(Wrapped):
    """Dies over ``bir_kez`` the first time, over ``hep`` every time."""

    def before(self, tokens):
        flag = Path(self.folder, "died")
        if "hep" in tokens or ("bir_kez" in tokens and not flag.exists()):
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)


class Stillborn(Wrapped):
    """Dies while it loads."""

    def made(self, name):
        os._exit(7)


class Lacking(Wrapped):
    """Cannot be loaded."""

    def made(self, name):
        raise MissingExtra("onnxruntime", "cpu", "running a model")


class Stubborn(Exception):
    """An error that cannot be made again from its pickle."""

    def __init__(self, one, two):
        super().__init__(f"{one} {two}")


class Buggy(Wrapped):
    """Fails over some tokens."""

    def before(self, tokens):
        if "hata" in tokens:
            raise ZeroDivisionError("bölünemez")
        if "inat" in tokens:
            raise Stubborn("bir", "iki")


class Slow(Wrapped):
    """Takes long over ``yavaş``, and notes the processes that load it."""

    def made(self, name):
        Path(self.folder, str(os.getpid())).touch()

    def before(self, tokens):
        if "yavaş" in tokens:
            time.sleep(0.2)
        if "uzun" in tokens:
            Path(self.folder, "begun").touch()
            time.sleep(60)


class SlowAndUncached(Slow):
    """The same in place of the catalogue's models, whose files no cache has."""

    def made(self, name):
        super().made(name)
        self.stand_in()

    @staticmethod
    def stand_in():
        """Say of any model that it is there; the process and its workers have to agree."""
        identity._digest = lambda spec: "0" * 64
