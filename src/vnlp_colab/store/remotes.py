"""The two kinds of server: https through requests, S3 through boto3. Both speak of trouble in the same words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import IO, Any, NoReturn, Protocol
from urllib.parse import urlsplit

from vnlp_colab.errors import MissingExtra, ModelNotAvailable
from vnlp_colab.store.places import Place, is_loopback

_CHUNK = 1 << 16
_MISSING = frozenset({404, 410})
_LATER = frozenset({408, 425, 429})


class Missing(ModelNotAvailable):
    """There is no such file; what can serve in its place may be tried."""


class Trouble(Exception):
    """A transfer that failed.

    Attributes:
        retry: Whether another attempt may go better.
        missing: Whether the server says that there is no such file.
        refused: Whether the server was reached, but does not give the file.
        corrupt: Whether bytes came, but not the right ones.
    """

    def __init__(
        self, reason: str, *, retry: bool = True, missing: bool = False, refused: bool = False, corrupt: bool = False
    ) -> None:
        super().__init__(reason)
        self.retry = retry
        self.missing = missing
        self.refused = refused
        self.corrupt = corrupt


class Remote(Protocol):
    """A kind of server. All trouble with it is raised as ``Trouble``."""

    def open(self, place: Place) -> contextlib.AbstractContextManager[Iterator[bytes]]:
        """Begin to read a file."""

    def write(self, place: Place, body: bytes | IO[bytes]) -> None:
        """Put a file."""

    def close(self) -> None:
        """Close the connections."""


class Http:
    """Files under https URLs; http on this machine. Proxies and certificates are as the environment sets them.

    Args:
        timeout: Seconds for a connection, and then for each silence.
    """

    def __init__(self, timeout: float) -> None:
        import requests

        self._session = requests.Session()
        self._timeout = timeout

    @contextlib.contextmanager
    def open(self, place: Place) -> Iterator[Iterator[bytes]]:
        """Begin to read a file."""
        import requests
        import urllib3

        try:
            # Compressed transfer would make sizes and progress those of another file.
            response = self._session.get(
                place.address, stream=True, timeout=self._timeout, headers={"Accept-Encoding": "identity"}
            )
            with response:
                _check_route([*response.history, response])
                if response.status_code != 200:
                    raise _refusal(response.status_code, response.reason or "")
                yield _pieces(response.raw)
        except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise Trouble(f"the server was silent for {self._timeout:g} seconds") from error
        except (requests.ConnectionError, urllib3.exceptions.HTTPError) as error:
            raise _broken(error) from error
        except requests.RequestException as error:
            raise Trouble(str(error), refused=True, retry=False) from error

    def write(self, place: Place, body: bytes | IO[bytes]) -> NoReturn:
        """Refuse: there is no one way to put files on web servers."""
        raise Trouble("web servers are read only; publish to an s3:// URL or a folder", refused=True, retry=False)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


class S3:
    """Files in S3 buckets, of Amazon or of whatever ``AWS_ENDPOINT_URL`` names.

    Where the AWS settings hold no credentials the requests are not signed, as public buckets want it.

    Args:
        timeout: Seconds for a connection, and then for each silence.

    Raises:
        MissingExtra: If boto3 is not installed.
    """

    def __init__(self, timeout: float) -> None:
        try:
            import boto3
            import botocore
            from botocore.config import Config
        except ImportError as error:
            raise MissingExtra("boto3", "store", "a place in S3") from error
        from botocore.exceptions import BotoCoreError

        try:
            session = boto3.Session()
            signed = session.get_credentials() is not None
            config = Config(
                connect_timeout=timeout,
                read_timeout=timeout,
                # Attempts are counted in one place, for all kinds of servers.
                retries={"total_max_attempts": 1},
                # Every file is hashed anyway, and not every server knows Amazon's new checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                signature_version=None if signed else botocore.UNSIGNED,
            )
            self._client: Any = session.client("s3", config=config, region_name=session.region_name or "us-east-1")
        except (BotoCoreError, ValueError) as error:
            raise ModelNotAvailable(f"the AWS settings cannot be used: {error}") from error
        self._timeout = timeout

    @contextlib.contextmanager
    def open(self, place: Place) -> Iterator[Iterator[bytes]]:
        """Begin to read a file."""
        bucket, key = _bucket_and_key(place)
        with self._trouble():
            body = self._client.get_object(Bucket=bucket, Key=key)["Body"]
            with contextlib.closing(body):
                yield body.iter_chunks(_CHUNK >> 2)

    def write(self, place: Place, body: bytes | IO[bytes]) -> None:
        """Put a file."""
        bucket, key = _bucket_and_key(place)
        with self._trouble():
            self._client.put_object(Bucket=bucket, Key=key, Body=body)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @contextlib.contextmanager
    def _trouble(self) -> Iterator[None]:
        import urllib3
        from botocore import exceptions

        silent = (exceptions.ConnectTimeoutError, exceptions.ReadTimeoutError, urllib3.exceptions.TimeoutError)
        try:
            yield
        except exceptions.ClientError as error:
            answer = error.response
            status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            raise _refusal(status, answer.get("Error", {}).get("Code", "")) from error
        except silent as error:
            raise Trouble(f"the server was silent for {self._timeout:g} seconds") from error
        except exceptions.IncompleteReadError as error:
            raise Trouble(f"cut off: {error}", corrupt=True) from error
        except (exceptions.HTTPClientError, urllib3.exceptions.HTTPError) as error:
            raise _broken(error) from error
        except (exceptions.BotoCoreError, ValueError) as error:  # settings, credentials, names of buckets
            raise Trouble(str(error), refused=True, retry=False) from error


def _pieces(raw: Any) -> Iterator[bytes]:
    # read1 gives what has come, so that a server that trickles is noticed; older urllib3 does not have it.
    read = getattr(raw, "read1", raw.read)
    while chunk := read(_CHUNK):
        yield chunk


def _check_route(responses: list[Any]) -> None:
    for response in responses:
        url = urlsplit(response.url)
        if url.scheme != "https" and not is_loopback(url.hostname or ""):
            raise Trouble(f"it leads to {url.scheme}://{url.hostname}, unencrypted", refused=True, retry=False)


def _refusal(status: int, reason: str) -> Trouble:
    said = f"the server answered {status} {reason}".removesuffix(f" {status}").rstrip()
    if status in _MISSING:
        return Trouble(said, missing=True, retry=False)
    if status in {401, 403}:
        # S3 says so for a missing file as well, where listing is not allowed.
        return Trouble(f"{said}: the access is refused, or there is no such file", refused=True, retry=False)
    return Trouble(said, refused=True, retry=status >= 500 or status in _LATER)


def _bucket_and_key(place: Place) -> tuple[str, str]:
    bucket, _, key = place.address.removeprefix("s3://").partition("/")
    return bucket, key


def _broken(error: BaseException) -> Trouble:
    """Return what happened to a connection, from the innermost cause: the layers above it only repeat it."""
    import http.client  # loaded by now: something was fetched with it

    cause = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    if isinstance(cause, http.client.IncompleteRead):  # urllib3's own one is a subclass
        return Trouble(f"cut off: {cause}", corrupt=True)
    return Trouble(f"the connection failed: {str(cause) or type(cause).__name__}")
