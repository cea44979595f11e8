"""The addresses: what they answer, and what they refuse."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from service_fakes import Fake, running, until

from vnlp_colab.errors import OfflineError
from vnlp_colab.service.app import create_app
from vnlp_colab.service.models import Models
from vnlp_colab.service.settings import Settings

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def client():
    with running(max_texts=4, max_characters=20, max_tokens=9, max_body=2000) as found:
        yield found


def post(client, **body):
    return client.post("/v1/annotate", json=body)


def refused(answer, status, *said):
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["status"] == status
    for words in said:
        assert words in answer.json()["detail"]
    return answer


def test_one_text_or_many_in_order(client):
    assert [sentence["text"] for sentence in post(client, text="bir iki").json()["sentences"]] == ["bir iki"]
    answer = post(client, text=["üç", "", "dört"]).json()
    assert [sentence["text"] for sentence in answer["sentences"]] == ["üç", "", "dört"]
    assert answer["sentences"][0]["pos"] == ["ÜÇ"]
    assert post(client, text=[]).json()["sentences"] == []


def test_models_are_chosen_by_task_or_by_name(client):
    assert post(client, text="a").json()["models"] == {"pos": "ContextPoS", "ner": "ContextNER"}
    assert post(client, text="a", models=["pos:TreeStackPoS"]).json()["models"] == {"pos": "TreeStackPoS"}
    assert post(client, text="a", models=["ner"]).json()["models"] == {"ner": "ContextNER"}


@pytest.mark.parametrize("name", ["dep", "pos:CharNER", "", "pos:", "pos:TreeStackPoS,ner"])
def test_models_that_are_not_loaded_are_refused_with_those_that_are(client, name):
    if name == "pos:":
        assert post(client, text="a", models=[name]).json()["models"] == {"pos": "ContextPoS"}
        return
    refused(post(client, text="a", models=[name]), 422, "not loaded", "pos:TreeStackPoS")


def test_two_models_for_one_task_are_refused(client):
    refused(post(client, text="a", models=["pos:ContextPoS", "pos:TreeStackPoS"]), 422, "choose one")


def test_conllu(client):
    answer = post(client, text=["bir iki", "", "üç"], format="conllu")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "# sent_id = 1\n# text = bir iki\n1\tbir\t" in answer.text
    assert "# sent_id = 3\n" in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"a"',
        b"\xff\xfe",
        b'{"text": 1}',
        b'{"text": ["a", 2]}',
        b'{"text": {"a": "b"}}',
        b'{"text": "a", "format": "xml"}',
        b'{"text": "a", "modles": ["pos"]}',
        b'{"text": "a", "models": "pos"}',
        b'{"text": "\\ud800"}',
        b"[" * 1500,
        b'{"models": ["pos"]}',
    ],
)
def test_bad_bodies_are_refused_and_said_to_be_bad(client, body):
    answer = client.post("/v1/annotate", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    refused(answer, answer.status_code)
    assert len(answer.json()["detail"]) > 10


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {}])
@pytest.mark.parametrize("address", ["/v1/annotate", "/v1/split"])
def test_another_content_type_is_refused(client, address, headers):
    answer = client.post(address, content=b'{"text": "a"}', headers=headers)
    # Older versions of FastAPI read what has no such header at all as JSON.
    if headers or answer.status_code != 200:
        refused(answer, 422, "the header Content-Type: application/json")


def test_another_encoding_is_refused(client):
    body = '{"text": "Ağaç yeşil."}'.encode("cp1254")
    answer = client.post("/v1/annotate", content=body, headers={"Content-Type": "application/json"})
    refused(answer, 400, "not UTF-8", "JSON that is encoded in UTF-8")


def test_limits_say_what_to_do(client):
    refused(post(client, text=["a"] * 5), 422, "5 texts", "4 are allowed", "several requests")
    refused(post(client, text=["a", "b" * 21]), 422, "body.text.1", "21 characters", "/v1/split")
    refused(post(client, text="b" * 21), 422, "body.text: 21 characters", "/v1/split")
    refused(post(client, text=["a", "," * 10]), 422, "body.text.1: 10 tokens", "9 are allowed", "/v1/split")
    assert post(client, text=["a" * 20, "," * 9] * 2).status_code == 200
    refused(post(client, text="a" * 3000), 413, "2,000 bytes", "/v1/annotate/stream")


def test_a_body_without_announced_length_is_cut_off_too(client):
    def endless():
        for _ in range(1000):
            yield b"x" * 100

    answer = client.post("/v1/annotate", content=endless(), headers={"Content-Type": "application/json"})
    refused(answer, 413)
    assert answer.headers["connection"] == "close"


def test_errors_do_not_repeat_the_text(client):
    for body in ({"text": 7, "x": "gizli söz"}, {"text": [["gizli söz"]]}, {"text": "gizli söz" * 9}):
        assert "gizli" not in post(client, **body).text


def test_unknown_addresses_and_methods(client):
    refused(client.get("/v1/nothing"), 404, "/openapi.json")
    answer = refused(client.get("/v1/annotate"), 405)
    assert answer.headers["allow"] == "POST"


def test_who_asks_for_the_headers_alone_gets_them(client):
    for path in ("/", "/healthz", "/readyz"):
        told, whole = client.head(path), client.get(path)
        assert (told.status_code, told.content) == (200, b"")
        assert told.headers["content-type"] == whole.headers["content-type"]


def test_split(client):
    assert client.post("/v1/split", json={"text": "Geldi. Gitti.\n"}).json() == {"sentences": ["Geldi.", "Gitti."]}
    assert client.post("/v1/split", json={"text": "Prof. Dr. Su geldi."}).json() == {
        "sentences": ["Prof. Dr. Su geldi."]
    }
    assert client.post("/v1/split", json={"text": ""}).json() == {"sentences": []}
    refused(client.post("/v1/split", json={"text": "a" * 21}), 422, "body.text: 21 characters", "in parts")


def test_what_is_loaded_is_told(client):
    told = client.get("/v1/models").json()
    assert told["tasks"] == {"pos": ["ContextPoS", "TreeStackPoS"], "ner": ["ContextNER"]}
    assert told["limits"] == {"texts": 4, "characters": 20, "tokens": 9, "body": 2000, "seconds": 30.0}


def test_every_answer_has_its_headers(client):
    for answer in (client.get("/"), client.get("/v1/models"), client.get("/no"), post(client, text=1)):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert len(answer.headers["x-request-id"]) == 32
    assert client.get("/healthz", headers={"X-Request-ID": "ab-1"}).headers["x-request-id"] == "ab-1"
    assert "<" not in client.get("/healthz", headers={"X-Request-ID": "<b>"}).headers["x-request-id"]


def test_the_page_and_the_documentation_load_nothing_from_elsewhere(client):
    for path in ("/", "/docs"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "http://" not in answer.text and "https://" not in answer.text and 'src="//' not in answer.text
    assert client.get("/docs/assets/swagger-ui-bundle.js").status_code == 200
    assert "unsafe" not in client.get("/").headers["content-security-policy"]
    assert "'unsafe-inline'" not in client.get("/docs").headers["content-security-policy"].split("style-src")[0]


def test_metrics_count_requests_texts_and_batches():
    with running() as client:
        post(client, text=["a b", "c"])
        post(client, text=3)
        told = client.get("/metrics").text
    assert 'vnlp_requests_total{method="POST",route="/v1/annotate",status="200"} 1.0' in told
    assert 'vnlp_requests_total{method="POST",route="/v1/annotate",status="422"} 1.0' in told
    assert "vnlp_texts_total 2.0" in told
    assert "vnlp_tokens_total 3.0" in told
    assert 'vnlp_batch_texts_bucket{le="2.0"}' in told


def test_concurrent_requests_share_batches_and_keep_their_answers():
    fake = Fake()
    with running(fake, queue=300) as client, ThreadPoolExecutor(40) as pool:
        fake.open.clear()
        held = pool.submit(post, client, text="wait")
        until(lambda: fake.batches)
        answers = [pool.submit(post, client, text=[f"söz {number}", f"x {number}"]) for number in range(30)]
        until(lambda: "vnlp_queue_texts 60.0" in client.get("/metrics").text)
        fake.open.set()
        for number, answer in enumerate(answers):
            found = [sentence["tokens"] for sentence in answer.result().json()["sentences"]]
            assert found == [["söz", str(number)], ["x", str(number)]]
        assert held.result().status_code == 200
    assert [len(texts) for _, texts in fake.batches] == [1, 60]


def test_a_full_queue_answers_429_and_when_to_come_again():
    fake = Fake()
    with running(fake, queue=2, max_texts=2) as client, ThreadPoolExecutor(4) as pool:
        fake.open.clear()
        waiting = [pool.submit(post, client, text="wait")]
        until(lambda: fake.batches)
        waiting.append(pool.submit(post, client, text=["a", "b"]))
        until(lambda: "vnlp_queue_texts 2.0" in client.get("/metrics").text)
        answer = refused(post(client, text="c"), 429, "try again")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        fake.open.set()
        assert [found.result().status_code for found in waiting] == [200, 200]
        assert post(client, text="c").status_code == 200


def test_what_takes_too_long_is_answered_503():
    fake = Fake()
    with running(fake, timeout=0.2) as client:
        fake.open.clear()
        answer = refused(post(client, text="wait"), 503, "0.2 s")
        assert int(answer.headers["retry-after"]) >= 1
        fake.open.set()
        until(lambda: post(client, text="a").status_code == 200)


def test_a_failing_model_fails_its_own_request_and_tells_no_text(caplog):
    fake = Fake()
    with running(fake) as client, ThreadPoolExecutor(4) as pool:
        fake.open.clear()
        held = pool.submit(post, client, text="wait")
        until(lambda: fake.batches)
        texts = ("good", "bug", "refuse")
        answers = [pool.submit(post, client, text=text) for text in texts]
        until(lambda: "vnlp_queue_texts 3.0" in client.get("/metrics").text)
        fake.open.set()
        good, bug, strange = (answer.result() for answer in answers)
        assert held.result().status_code == good.status_code == 200
        assert "secret" not in refused(bug, 500).text
        refused(strange, 422, "too strange")


def test_until_models_are_loaded_it_is_alive_and_not_ready():
    fake = Fake()
    fake.open.clear()
    slow = fake.__call__

    class Slow(Fake):
        def __call__(self, choice):
            assert fake.open.wait(20)
            return slow(choice)

    settings = Settings(models=("pos:ContextPoS",))
    with TestClient(create_app(settings, Models(settings, Slow()))) as client:
        assert client.get("/healthz").status_code == 200
        refused(client.get("/readyz"), 503, "being loaded")
        assert refused(post(client, text="a"), 503).headers["retry-after"] == "5"
        fake.open.set()
        until(lambda: client.get("/readyz").status_code == 200)
        assert post(client, text="a").status_code == 200


@pytest.mark.parametrize("fails", [False, True])
def test_where_models_are_loaded_first_no_request_comes_before(fails):
    def slow(choice):
        time.sleep(0.2)
        if fails:
            raise OfflineError("not here")
        return Fake()(choice)

    settings = Settings(models=("pos:ContextPoS",), load_first=True)
    with TestClient(create_app(settings, Models(settings, slow))) as client:
        assert client.get("/readyz").status_code == (503 if fails else 200)
        assert client.get("/healthz").status_code == (503 if fails else 200)


def test_models_that_do_not_load_make_it_neither_alive_nor_ready():

    def fails(choice):
        raise OfflineError("not here")

    settings = Settings(models=("pos:ContextPoS",))
    with TestClient(create_app(settings, Models(settings, fails))) as client:
        until(lambda: client.get("/healthz").status_code == 503)
        refused(client.get("/readyz"), 503, "log")
        refused(post(client, text="a"), 503)


def test_the_schema_tells_limits_and_models(client):
    schema = client.get("/openapi.json").json()
    given = schema["components"]["schemas"]["AnnotateRequest"]["properties"]
    assert given["text"]["anyOf"][1] == {"type": "array", "items": {"type": "string", "maxLength": 20}, "maxItems": 4}
    assert "pos:TreeStackPoS" in given["models"]["anyOf"][0]["items"]["enum"]
    assert {"400", "413", "422", "429", "503"} <= set(schema["paths"]["/v1/annotate"]["post"]["responses"])
    assert json.dumps(schema).count("HTTPValidationError") == 0
