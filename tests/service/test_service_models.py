"""The bundled models behind the service: its answers are the library's."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from service_fakes import until

from vnlp_colab.pipeline.conllu import conllu_block
from vnlp_colab.pipeline.pipeline import VNLPipeline
from vnlp_colab.service.app import create_app
from vnlp_colab.service.settings import Settings

TEXTS = [
    "Ayşe dün İstanbul'da yeni bir kitap aldı.",
    "",
    "Mustafa Kemal Atatürk 1881 yılında Selanik'te doğdu.",
    "  \n ",
    "\"Gel,\" dedi 😀 annesi; 'git' demedi ki...",
    "a" * 300,
    "Kâmil'in dükkânı, çarşının en sessiz sokağındaydı. " * 8,
    "<script>alert(1)</script> & \x00 \u200d",
    "٣ مرحبا 你好",
]


@pytest.fixture(scope="module")
def client():
    settings = Settings(threads=2)
    with TestClient(create_app(settings)) as found:
        until(lambda: found.get("/readyz").status_code == 200, 60)
        yield found


@pytest.fixture(scope="module")
def expected():
    return list(VNLPipeline("context", progress=False, threads=1).annotate(TEXTS))


def as_json(sentence):
    return json.loads(json.dumps(sentence.to_dict()))


def test_json_is_the_librarys(client, expected):
    answer = client.post("/v1/annotate", json={"text": TEXTS}).json()
    assert answer["sentences"] == [as_json(sentence) for sentence in expected]
    assert answer["models"]["dep"] == "ContextDP"


def test_conllu_is_the_librarys(client, expected):
    answer = client.post("/v1/annotate", json={"text": TEXTS, "format": "conllu"})
    blocks = [conllu_block(found, str(number)) for number, found in enumerate(expected, 1) if found.tokens]
    lines = answer.text.splitlines(keepends=True)
    assert [line for line in lines if line.startswith("# empty_rows")] == ["# empty_rows_before = 1\n"] * 2
    assert "".join(line for line in lines if not line.startswith("# empty_rows")) == "".join(blocks)


def test_displacy_is_the_librarys(client, expected):
    answer = client.post("/v1/annotate", json={"text": TEXTS, "format": "displacy"}).json()
    drawn = [{"dep": found.to_displacy("dep"), "ent": found.to_displacy("ent")} for found in expected]
    assert answer["sentences"] == json.loads(json.dumps(drawn))
    only = client.post("/v1/annotate", json={"text": "Ali", "format": "displacy", "models": ["ner"]}).json()
    assert list(only["sentences"][0]) == ["ent"]


def test_a_stream_is_the_librarys_file(client, tmp_path):
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(TEXTS)), "utf-8")
    VNLPipeline("context", progress=False).annotate_file(source, output, text_column="text")
    answer = client.post("/v1/annotate/stream", content=source.read_bytes())
    assert answer.text == output.read_text("utf-8")


def test_nothing_is_mixed_up_among_concurrent_requests(client, expected):
    wanted = {sentence.text: as_json(sentence) for sentence in expected}

    def ask(number):
        chosen = [TEXTS[(number + offset) % len(TEXTS)] for offset in range(number % 4)]
        return chosen, client.post("/v1/annotate", json={"text": chosen}).json()["sentences"]

    with ThreadPoolExecutor(16) as pool:
        for chosen, found in pool.map(ask, range(120)):
            assert found == [wanted[text] for text in chosen]


def test_options_reach_the_models():
    settings = Settings.from_json(Settings(("dep",), {"style": "kenet", "tree": False}, threads=1).to_json())
    with TestClient(create_app(settings)) as found:
        until(lambda: found.get("/readyz").status_code == 200, 60)
        answer = found.post("/v1/annotate", json={"text": TEXTS}).json()
    one, other = (
        [as_json(sentence) for sentence in VNLPipeline("dep", progress=False, threads=1, **options).annotate(TEXTS)]
        for options in ({"style": "kenet", "tree": False}, {})
    )
    assert answer["sentences"] == one != other
