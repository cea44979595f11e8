"""Reading over connections that fail: bounded retries, bounded silence, and nothing wrong gets through."""

from __future__ import annotations

import hashlib
import socket
import time
from pathlib import Path

import pytest
from server_fakes import CUT, FLIP, GONE, GROW, SHORT, STALL, TRICKLE, FaultyServer

from vnlp_colab.errors import CorruptDownload, InputError, ModelNotAvailable, OfflineError, StorageError
from vnlp_colab.store import places, transport
from vnlp_colab.store.places import Place
from vnlp_colab.store.remotes import Missing
from vnlp_colab.store.transport import Transport

CONTENT = bytes(range(256)) * 40
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def file(served: FaultyServer, tmp_path: Path) -> Place:
    (tmp_path / "served" / "a b.bin").write_bytes(CONTENT)
    return places.parse(served.url, "test").child("a b.bin")


def download(place: Place, target: Path, **options) -> None:
    with Transport() as opened:
        opened.download(place, target, **{"size": len(CONTENT), "sha256": DIGEST, **options})


def test_a_file_comes_whole(file: Place, served: FaultyServer, tmp_path: Path) -> None:
    ticks: list[int] = []
    download(file, tmp_path / "x", tick=ticks.append)
    assert (tmp_path / "x").read_bytes() == CONTENT and sum(ticks) == len(CONTENT)
    with Transport() as opened:
        assert opened.read(file, limit=len(CONTENT)) == CONTENT
    assert served.paths() == ["/a%20b.bin"] * 2


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("fault", [STALL, TRICKLE])
@pytest.mark.usefixtures("impatient")
def test_one_silence_is_overcome(file: Place, served: FaultyServer, tmp_path: Path, fault: str) -> None:
    served.faults["b.bin"] = [fault, "none"]
    download(file, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == CONTENT


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("fault", [CUT, SHORT, FLIP, GONE, 500, 503, 429])
def test_one_fault_is_overcome(file: Place, served: FaultyServer, tmp_path: Path, fault: int | str) -> None:
    served.faults["b.bin"] = [fault, "none"]
    ticks: list[int] = []
    download(file, tmp_path / "x", tick=ticks.append)
    assert (tmp_path / "x").read_bytes() == CONTENT and sum(ticks) == len(CONTENT)
    assert len(served.requests) == 2


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize(
    ("fault", "error", "reason", "tries"),
    [
        (CUT, CorruptDownload, "cut off: IncompleteRead(5120 bytes read", 3),
        (SHORT, CorruptDownload, "5,120 bytes came where 10,240 are expected", 3),
        (FLIP, CorruptDownload, "its sha256 is", 3),
        (GROW, CorruptDownload, "larger than the 10,240 bytes", 1),
        (GONE, OfflineError, "the connection failed", 3),
        (404, Missing, "answered 404", 1),
        (403, ModelNotAvailable, "answered 403", 1),
        (401, ModelNotAvailable, "answered 401", 1),
        (400, ModelNotAvailable, "answered 400", 1),
        (204, ModelNotAvailable, "answered 204", 1),
        (500, ModelNotAvailable, "answered 500", 3),
    ],
)
def test_a_lasting_fault_is_an_error_that_says_what_and_where(
    file: Place, served: FaultyServer, tmp_path: Path, fault: int | str, error: type, reason: str, tries: int
) -> None:
    served.faults["b.bin"] = [fault]
    begun = time.monotonic()
    with pytest.raises(error) as raised:
        download(file, tmp_path / "x")
    assert type(raised.value) is error
    assert reason in str(raised.value) and str(file) in str(raised.value)
    assert f"({tries} attempt" in str(raised.value)
    assert len(served.requests) == tries and time.monotonic() - begun < 18
    assert not (tmp_path / "x").exists()


@pytest.mark.usefixtures("one_fault")
@pytest.mark.usefixtures("impatient")
def test_a_lasting_silence_is_an_error(file: Place, served: FaultyServer, tmp_path: Path) -> None:
    served.faults["b.bin"] = [STALL]
    begun = time.monotonic()
    with pytest.raises(OfflineError, match=r"b\.bin: the server was silent for 0\.4 seconds \(3 attempts\)"):
        download(file, tmp_path / "x")
    assert 1.2 < time.monotonic() - begun < 18 and not (tmp_path / "x").exists()


@pytest.mark.usefixtures("one_fault")
@pytest.mark.usefixtures("impatient")
def test_a_server_that_trickles_does_not_hold_us(file: Place, served: FaultyServer, monkeypatch) -> None:
    """Each silence is short enough, but the file would take ten minutes."""
    served.faults["b.bin"] = [TRICKLE]
    monkeypatch.setenv("VNLP_COLAB_ATTEMPTS", "1")
    begun = time.monotonic()
    with pytest.raises(OfflineError, match="bytes came in 1 seconds"), Transport() as opened:
        opened.read(file, limit=10_240)
    assert time.monotonic() - begun < 60


@pytest.mark.usefixtures("one_fault")
def test_no_server_at_all(online: None) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(OfflineError, match=r"connection failed: .*refused.* \(3 attempts\)"), Transport() as opened:
        opened.read(places.parse(address, "test").child("x"), limit=10)


def test_offline_nothing_is_asked(file: Place, served: FaultyServer, monkeypatch) -> None:
    monkeypatch.setenv("VNLP_COLAB_OFFLINE", "1")
    with pytest.raises(OfflineError, match="VNLP_COLAB_OFFLINE"), Transport() as opened:
        opened.read(file, limit=10)
    assert served.requests == []


@pytest.mark.usefixtures("one_fault")
def test_a_redirect_is_followed_but_not_into_the_clear(file: Place, served: FaultyServer) -> None:
    served.redirects["/old"] = "/a%20b.bin"
    root = places.parse(served.url, "test")
    with Transport() as opened:
        assert opened.read(root.child("old"), limit=99_999) == CONTENT
    served.redirects["/away"] = f"http://{socket.gethostname()}.invalid/x"
    with pytest.raises((ModelNotAvailable, OfflineError)), Transport() as opened:
        opened.read(root.child("away"), limit=99_999)


def test_local_files_are_read_once(home: Path, tmp_path: Path) -> None:
    root = places.parse(str(tmp_path), "test")
    (tmp_path / "here").write_bytes(CONTENT)
    with Transport() as opened:
        assert opened.read(root.child("here"), limit=99_999, sha256=DIGEST) == CONTENT
        with pytest.raises(Missing, match="there is no such file"):
            opened.read(root.child("there"), limit=9)
        with pytest.raises(Missing):
            opened.read(root.child("here", "x"), limit=9)
        with pytest.raises(ModelNotAvailable, match="directory"):
            opened.read(root, limit=9)
        with pytest.raises(CorruptDownload, match=r"larger than the 9 bytes that it may have$"):
            opened.read(root.child("here"), limit=9)


@pytest.mark.usefixtures("one_fault")
def test_a_disk_that_refuses_is_not_the_servers_fault(file: Place, served: FaultyServer, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot write what comes from"):
        download(file, tmp_path / "no folder" / "x")
    assert len(served.requests) <= 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://example.org/x", "not encrypted"),
        ("http://127.0.0.1.example.org/", "not encrypted"),
        ("ftp://example.org/x", "neither a folder nor"),
        ("https://", "names no host"),
        ("s3://", "names no bucket"),
        ("https://me:secret@example.org/", "without credentials"),
        ("https://example.org/?token=secret", "without credentials"),
        ("file://other/share", "names the machine other"),
        ("https://[::1", "not a URL"),
    ],
)
def test_places_that_are_refused(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as raised:
        places.parse(text, "VNLP_COLAB_STORE")
    assert str(raised.value).startswith("VNLP_COLAB_STORE") and "secret" not in str(raised.value)


def test_places_that_are_taken(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert places.parse("some/folder", "").path == tmp_path / "some" / "folder"
    assert places.parse((tmp_path / "ö ü").as_uri(), "").child("x").path == tmp_path / "ö ü" / "x"
    assert str(places.parse("s3://bucket/a b/", "").child("c")) == "s3://bucket/a b/c"
    assert str(places.parse("https://example.org/a/", "").child("b c")) == "https://example.org/a/b%20c"
    for host in ("localhost", "127.0.0.1:80", "[::1]:80"):
        assert not places.parse(f"http://{host}/", "").is_local


@pytest.mark.parametrize("value", ["x", "0", "-1", "nan", "inf", "1e99"])
def test_bad_settings_are_named(online: None, monkeypatch, value: str) -> None:
    monkeypatch.setenv("VNLP_COLAB_TIMEOUT", value)
    with pytest.raises(InputError, match="VNLP_COLAB_TIMEOUT"):
        transport.Transport()


def test_attempts_are_whole(online: None, monkeypatch) -> None:
    monkeypatch.setenv("VNLP_COLAB_ATTEMPTS", "1.5")
    with pytest.raises(InputError, match="VNLP_COLAB_ATTEMPTS"):
        transport.Transport()
