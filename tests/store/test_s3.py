"""Stores and weights in S3: against a server that speaks its language, in a process of its own."""

from __future__ import annotations

import concurrent.futures
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from server_fakes import CUT, FLIP, GONE, SHORT, STALL, FaultyServer
from store_fakes import WEIGHTS

from vnlp_colab.catalog import ModelSpec
from vnlp_colab.errors import CorruptDownload, MissingExtra, ModelNotAvailable, OfflineError
from vnlp_colab.store import bundle
from vnlp_colab.store.bundles import Bundle
from vnlp_colab.store.publish import publish

boto3 = pytest.importorskip("boto3", reason="boto3 of the extra store is not installed")


@pytest.fixture
def bucket(s3: FaultyServer) -> str:
    """The name of an empty bucket."""
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.requests.clear()
    return name


@pytest.fixture
def store(bucket: str, made: Bundle, s3: FaultyServer, monkeypatch) -> str:
    """A store with a bundle, configured."""
    url = f"s3://{bucket}/some/prefix"
    publish([str(made.root)], url + "/")
    monkeypatch.setenv("VNLP_COLAB_STORE", url)
    s3.requests.clear()
    return url


def nothing_is_cached(home: Path) -> bool:
    return not list((home / "models").glob("*"))


def test_a_model_goes_to_s3_and_comes_back(store: str, made: Bundle, s3: FaultyServer, home: Path) -> None:
    found = bundle("Demo")
    assert {path.name: path.read_bytes() for path in found.root.iterdir()} == {
        path.name: path.read_bytes() for path in made.root.iterdir()
    }
    assert {method for method, _, _ in s3.requests} == {"GET"}
    assert not [path for path in s3.paths() if path.endswith("/some/prefix") or "list-type" in path]
    assert all(headers["Authorization"].count("/eu-central-1/s3/") == 1 for _, _, headers in s3.requests)
    assert found.manifest["sources"][0] == {"file": "Demo.weights", "sha256": found.manifest["sources"][0]["sha256"]}


def test_publishing_twice_sends_nothing(store: str, made: Bundle, s3: FaultyServer) -> None:
    assert publish([str(made.root)], store)[0].uploaded == 0
    assert s3.paths("PUT") == []


def test_public_buckets_are_read_unsigned(store: str, s3: FaultyServer, monkeypatch, made: Bundle) -> None:
    client, bucket = boto3.client("s3"), store.split("/")[2]
    objects = [found["Key"] for found in client.list_objects_v2(Bucket=bucket)["Contents"]]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(ModelNotAvailable, match=r"index\.json: the server answered 403"):
        bundle("Demo")
    for key in objects:
        client.put_object_acl(Bucket=bucket, Key=key, ACL="public-read")
    s3.requests.clear()
    assert bundle("Demo").files == made.files
    assert not any("Authorization" in headers for _, _, headers in s3.requests)


def test_profiles_are_heard(store: str, s3: FaultyServer, monkeypatch, made: Bundle, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    (tmp_path / "aws_credentials").write_text("[mine]\naws_access_key_id = profiled\naws_secret_access_key = x\n")
    (tmp_path / "aws_config").write_text("[profile mine]\nregion = ap-south-1\n")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    assert bundle("Demo").files == made.files
    assert all("Credential=profiled/" in headers["Authorization"] for _, _, headers in s3.requests)
    assert all("/ap-south-1/s3/" in headers["Authorization"] for _, _, headers in s3.requests)


def test_settings_that_cannot_be_used_are_named(store: str, monkeypatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(ModelNotAvailable, match=r"AWS settings cannot be used: .*nobody"):
        bundle("Demo")


@pytest.mark.parametrize("fault", [CUT, SHORT, FLIP, GONE, 500, 503])
def test_one_fault_is_overcome(store: str, made: Bundle, s3: FaultyServer, fault: int | str) -> None:
    s3.faults["weights.bin"] = [fault, "none"]
    assert bundle("Demo").files == made.files
    assert sum(path.endswith("weights.bin") for path in s3.paths()) == 2


@pytest.mark.parametrize(
    ("fault", "error", "tries"),
    [
        (CUT, CorruptDownload, 3),
        (SHORT, CorruptDownload, 3),
        (FLIP, CorruptDownload, 3),
        (GONE, OfflineError, 3),
        (403, ModelNotAvailable, 1),
        (404, ModelNotAvailable, 1),
        (500, ModelNotAvailable, 3),
    ],
)
def test_a_lasting_fault_is_an_error_that_says_what_and_where(
    store: str, s3: FaultyServer, home: Path, fault: int | str, error: type, tries: int
) -> None:
    s3.faults["weights.bin"] = [fault]
    with pytest.raises(error) as raised:
        bundle("Demo")
    assert f"{store}/Demo/" in str(raised.value) and "weights.bin: " in str(raised.value)
    assert f"({tries} attempt" in str(raised.value)
    assert sum(path.endswith("weights.bin") for path in s3.paths()) == tries
    assert nothing_is_cached(home)


def test_a_stalled_connection_is_given_up(store: str, s3: FaultyServer, home: Path, monkeypatch) -> None:
    monkeypatch.setenv("VNLP_COLAB_TIMEOUT", "0.5")
    monkeypatch.setenv("VNLP_COLAB_ATTEMPTS", "2")
    s3.faults["index.json"] = [STALL]
    with pytest.raises(OfflineError, match=r"index\.json: the server was silent for 0\.5 seconds \(2 attempts\)"):
        bundle("Demo")


def test_a_bucket_that_is_not_there(s3: FaultyServer, made: Bundle, monkeypatch, home: Path) -> None:
    with pytest.raises(ModelNotAvailable, match=r"s3://nowhere-at-all/x/.*404"):
        publish([str(made.root)], "s3://nowhere-at-all/x")
    monkeypatch.setenv("VNLP_COLAB_OFFLINE", "1")
    monkeypatch.setenv("VNLP_COLAB_STORE", "s3://nowhere-at-all/x")
    with pytest.raises(OfflineError, match="VNLP_COLAB_OFFLINE"):
        bundle("Demo")


def test_a_failed_upload_leaves_the_store_as_it_was(bucket: str, made: Bundle, s3: FaultyServer, monkeypatch) -> None:
    s3.faults["weights.bin"] = [500]
    with pytest.raises(ModelNotAvailable, match=r"weights\.bin.*500.*\(3 attempts\)"):
        publish([str(made.root)], f"s3://{bucket}")
    assert not [path for path in s3.paths("PUT") if path.endswith((".json",)) and "labels" not in path]
    s3.faults.clear()
    assert publish([str(made.root)], f"s3://{bucket}")[0].uploaded == made.size


def test_an_index_that_may_not_be_read_is_not_overwritten(bucket: str, made: Bundle, s3: FaultyServer) -> None:
    s3.faults["index.json"] = [403]
    with pytest.raises(ModelNotAvailable, match="the index must be readable"):
        publish([str(made.root)], f"s3://{bucket}")
    assert not [path for path in s3.paths("PUT") if path.endswith("index.json")]


def test_processes_that_pull_at_the_same_time(store: str, made: Bundle, home: Path, s3: FaultyServer) -> None:
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: bundle("Demo"), range(4)))
    assert all(one == found[0] for one in found)
    assert sum(path.endswith("weights.bin") for path in s3.paths()) == 1
    assert [path.name for path in (home / "models").iterdir()] == [made.root.name]


def test_weights_come_from_s3(bucket: str, unpinned: ModelSpec, s3: FaultyServer, monkeypatch, home: Path) -> None:
    boto3.client("s3").put_object(Bucket=bucket, Key="mirror/Demo.weights", Body=WEIGHTS)
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", f"s3://{bucket}/mirror")
    found = bundle("Demo")
    assert found.path("weights.bin").read_bytes() == WEIGHTS
    shutil.rmtree(home / "models")
    s3.close()
    assert bundle("Demo") == found


def test_without_boto3_the_extra_is_named(home: Path, online: None, unpinned: ModelSpec, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.setenv("VNLP_COLAB_STORE", "s3://bucket/x")
    with pytest.raises(MissingExtra, match=r"boto3.*pip install 'vnlp-colab\[store\]'"):
        bundle("Demo")


def test_folders_need_neither_library(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['boto3'] = sys.modules['requests'] = None\n"
        "from vnlp_colab.store import places; from vnlp_colab.store.transport import Transport\n"
        "with Transport() as t: print(t.read(places.parse(sys.argv[1], ''), limit=9))"
    )
    (tmp_path / "file").write_bytes(b"x")
    result = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "file")], capture_output=True, text=True, check=True
    )
    assert result.stdout == "b'x'\n"
