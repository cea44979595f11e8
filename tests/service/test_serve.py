"""The command: it starts, works in several processes, ends in order, and logs no texts."""

import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest
from service_fakes import until
from typer.testing import CliRunner

from vnlp_colab.cli import serve  # noqa: F401 (it adds the command)
from vnlp_colab.cli.app import app
from vnlp_colab.pipeline.pipeline import VNLPipeline
from vnlp_colab.service import app as application
from vnlp_colab.service import server
from vnlp_colab.service.settings import Settings

pytestmark = pytest.mark.slow
SECRET = "gizlisöz"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(tmp_path, *options):
    """The address of the command's server, its process, and what it logs."""
    port = free_port()
    command = [sys.executable, "-c", "from vnlp_colab.cli import main; main()", "serve", "--port", str(port), *options]
    log = tmp_path / "log"
    environment = {**os.environ, "VNLP_COLAB_OFFLINE": "1"}
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stderr=stream, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _ready(address) or process.poll() is not None, 120)
        assert process.poll() is None, log.read_text()
        yield address, process, log
    finally:
        process.kill()
        process.wait()


def _ready(address):
    try:
        return httpx2.get(f"{address}/readyz", timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


def test_requests_in_flight_finish_and_nothing_of_them_is_logged(tmp_path):
    texts = [f"{SECRET} {'kapıyı açtı ' * 60} {number}." for number in range(200)]
    # Time for machines that are busy with other things.
    patient = ("--threads", "1", "--timeout", "200", "--grace", "200")
    with served(tmp_path, *patient) as (address, process, log), ThreadPoolExecutor() as pool:
        answer = pool.submit(httpx2.post, f"{address}/v1/annotate", json={"text": texts}, timeout=200)
        until(lambda: "vnlp_requests_in_flight 2.0" in httpx2.get(f"{address}/metrics", timeout=60).text)
        httpx2.post(f"{address}/v1/annotate", json={"text": 3, SECRET: SECRET}, timeout=60)
        process.send_signal(signal.SIGTERM)
        assert [sentence["text"] for sentence in answer.result().json()["sentences"]] == texts
        assert process.wait(60) == 0
        lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert SECRET not in json.dumps(lines, ensure_ascii=False)
    (logged,) = [line for line in lines if line.get("texts") == 200]
    assert (logged["status"], logged["route"], logged["characters"]) == (200, "/v1/annotate", sum(map(len, texts)))


def test_several_processes_share_the_work_and_the_figures(tmp_path):
    with served(tmp_path, "--workers", "2", "--models", "pos:ContextPoS") as (address, process, _):

        def ask(number):
            return httpx2.post(f"{address}/v1/annotate", json={"text": f"Ev {number}"}, timeout=60).json()

        with ThreadPoolExecutor(8) as pool:
            for number, found in enumerate(pool.map(ask, range(40))):
                assert found["sentences"][0]["tokens"] == ["Ev", str(number)]
        until(lambda: "vnlp_texts_total 40.0" in httpx2.get(f"{address}/metrics", timeout=60).text)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_beyond_its_connections_it_answers_503(tmp_path):
    with served(tmp_path, "--connections", "4", "--models", "pos:ContextPoS") as (address, _, _):
        port = int(address.rsplit(":", 1)[1])
        held = [socket.create_connection(("127.0.0.1", port)) for _ in range(8)]
        assert httpx2.get(f"{address}/healthz", timeout=60).status_code == 503
        for link in held:
            link.close()
        until(lambda: _ready(address))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--models", "pos:Nonsense"], "pos:ContextPoS"),
        (["--models", ","], "no models are named"),
        (["--max-texts", "9", "--queue", "3"], "queue"),
    ],
)
def test_mistakes_are_said_before_anything_starts(options, said):
    found = CliRunner().invoke(app, ["serve", *options])
    assert found.exit_code == 1
    assert said in found.output


def test_the_environment_may_name_the_models(monkeypatch):
    asked = []
    monkeypatch.setattr("vnlp_colab.service.server.run", lambda settings, binding: asked.append(settings.models))
    monkeypatch.setenv("VNLP_COLAB_SERVE_MODELS", "pos,ner:ContextNER")
    for options in ([], ["--models", "dep"]):
        assert CliRunner().invoke(app, ["serve", "--port", "0", *options]).exit_code == 0
    assert asked == [("pos", "ner:ContextNER"), ("dep",)]


def test_one_process_needs_no_place_to_write(monkeypatch):
    def refuse(*arguments, **options):
        raise FileNotFoundError("there is no temporary folder")

    monkeypatch.setattr("tempfile.TemporaryDirectory", refuse)
    monkeypatch.setenv(application.SETTINGS, "")  # which running would leave behind
    monkeypatch.setattr("uvicorn.run", lambda *arguments, **options: None)
    server.run(Settings(), server.Binding(workers=1))
    with pytest.raises(FileNotFoundError):
        server.run(Settings(), server.Binding(workers=2))


class TestASavedConfiguration:
    @pytest.fixture
    def file(self, tmp_path):
        path = tmp_path / "vnlp.toml"
        VNLPipeline("pos,dep", style="kenet", tree=False, progress=False).save_config(path)
        return path

    def test_it_is_what_is_served(self, file, monkeypatch):
        served = []
        monkeypatch.setattr("vnlp_colab.service.server.run", lambda settings, binding: served.append(settings))
        assert CliRunner().invoke(app, ["serve", "--port", "0", "--config", str(file)]).exit_code == 0
        assert CliRunner().invoke(app, ["serve", "--port", "0", "--style", "penn"]).exit_code == 0
        saved, named = served
        assert saved.models == ("pos:ContextPoS", "dep:ContextDP") and named.models == ("context",)
        assert saved.options == {"on_long": "window", "tree": False, "style": "kenet", "probabilities": False}
        assert named.options == {"style": "penn"}

    @pytest.mark.parametrize("option", [["--models", "pos"], ["--style", "boun"]])
    def test_options_that_it_has_are_refused(self, file, option):
        found = CliRunner().invoke(app, ["serve", "--config", str(file), *option])
        assert found.exit_code == 1 and f"leave out {option[0]}" in found.output

    def test_changed_files_may_be_accepted_of_one_alone(self):
        found = CliRunner().invoke(app, ["serve", "--accept-changed"])
        assert found.exit_code == 1 and "--accept-changed goes with --config alone" in found.output


def test_a_port_in_use_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = CliRunner().invoke(app, ["serve", "--port", str(port)])
    assert found.exit_code == 1
    assert f"cannot listen at 127.0.0.1:{port}" in found.output
