"""The Dockerfile carried out step by step in clean folders, and what comes of it started, asked, and stopped.

No engine and no rights are needed for it, but Linux's namespaces are: the server is process 1 of a container without
network, as a user with no rights, on files that nobody can write.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from pathlib import Path

import pytest
import sandbox
from image_steps import Image, context

pytestmark = [
    pytest.mark.slow,
    pytest.mark.network,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(sandbox.missing() is not None, reason=str(sandbox.missing())),
]
REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs/container.md").read_text(encoding="utf-8")
ASK = """
import json, sys, urllib.request
request = urllib.request.Request("http://127.0.0.1:8000/v1/annotate", sys.argv[1].encode())
request.add_header("Content-Type", "application/json")
print(urllib.request.urlopen(request).read().decode())
"""


@pytest.fixture(scope="module")
def image():
    """An image with a model that has to be fetched and converted besides the default ones."""
    with tempfile.TemporaryDirectory(prefix="vnlp-colab-image-") as folder:
        sources = Path(folder, "context")
        context(REPOSITORY, sources)
        yield Image(REPOSITORY / "Dockerfile", sources, Path(folder, "roots"), MODELS="context,sentiment")


@pytest.fixture
def container(image, tmp_path):
    started = image.start(tmp_path / "log")
    yield started
    started.kill()


def wait(image, container):
    """Wait as long as an orchestrator would: until the health check succeeds."""
    start = time.monotonic()
    while not image.healthy(container):
        assert container.process.poll() is None and time.monotonic() - start < 300, container.log.read_text()
        time.sleep(0.5)


def ask(container, **body):
    done = container.execute(["python", "-c", ASK, json.dumps(body)])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def size(folder):
    """Bytes of the files in a folder, each counted once."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def test_it_becomes_healthy_annotates_and_stops_in_order(image, container):
    assert not image.healthy(container), "the health check succeeds before the server can have started"
    wait(image, container)
    (sentence,) = ask(container, text="Ayşe dün İstanbul'da yeni bir kitap aldı.")["sentences"]
    assert sentence["tokens"] == ["Ayşe", "dün", "İstanbul'da", "yeni", "bir", "kitap", "aldı", "."]
    assert sentence["pos"][-2:] == ["VERB", "PUNCT"] and len(sentence["dep"]) == 8
    assert 0 < sentence["sentiment"] < 1, "the model that was fetched while the image was built"
    assert container.execute(["ls", "-A", "/tmp"]).stdout == "", "it needs no place to write"
    assert container.stop() == 0
    logged = [json.loads(line) for line in container.log.read_text(encoding="utf-8").splitlines()]
    assert [line["status"] for line in logged if line.get("route") == "/v1/annotate"] == [200]
    assert logged[-1]["event"] == "Finished server process [1]"


def test_it_has_no_rights_and_no_network(container):
    def says(command):
        return container.execute(["sh", "-c", command]).stdout.strip()

    assert says("id -u; id -g").split() == ["10001", "10001"]
    assert re.findall(r"Cap(?:Prm|Eff):\s+(\w+)", says("cat /proc/1/status")) == ["0000000000000000"] * 2
    for path in ("/opt/vnlp", "/models", "/usr", "/"):
        assert says(f"touch {path}/a || echo refused") == "refused"
    assert says("vnlp-colab models pull stemmer 2>&1").startswith("error:")


def test_options_and_variables_are_the_commands(image, tmp_path):
    refused = image.start(tmp_path / "log", "--models", "pos:Nonsense")
    assert refused.process.wait(60) == 1 and "there is no model 'pos:Nonsense'" in refused.log.read_text()
    started = image.start(tmp_path / "log", "--workers", "2", VNLP_COLAB_SERVE_MODELS="pos")
    try:
        wait(image, started)
        (sentence,) = ask(started, text="Ali geldi.")["sentences"]
        assert sentence["pos"] == ["PROPN", "VERB", "PUNCT"] and not sentence.get("dep")
        assert started.stop() == 0
    finally:
        started.kill()


def test_nothing_is_left_of_the_build(image):
    files = {path.relative_to(image.root.folder).as_posix() for path in image.root.folder.rglob("*") if path.is_file()}
    assert {re.match(r"opt/vnlp/|models/models/", path)[0] for path in files} == {"opt/vnlp/", "models/models/"}
    assert not [path for path in files if path.endswith((".whl", ".lock", ".tar.gz")) and "/tests/" not in path]


def test_its_size_is_the_documented_one(image):
    models = (image.root.folder / "models/models").glob("Context*")  # the sentiment's are not in the image of the page
    found = {"packages": size(image.root.folder / "opt/vnlp") / 1e6, "models": sum(map(size, models)) / 1e6}
    told = {name: float(number) for number, name in re.findall(r"(\d+) MB of (packages|models)", PAGE)}
    assert told == pytest.approx(found, rel=0.1, abs=5)
