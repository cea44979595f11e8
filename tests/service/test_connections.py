"""Clients that are slow, leave, or do not listen, over real connections."""

import json
import socket
import time
from contextlib import closing

import httpx2
import pytest
from service_fakes import Fake, listening, until

from vnlp_colab.service import connection


def connected(port):
    found = socket.create_connection(("127.0.0.1", port), timeout=20)
    return closing(found)


def head(path, *headers):
    return "\r\n".join(
        [f"POST {path} HTTP/1.1", "Host: test", "Content-Type: application/json", *headers, "", ""]
    ).encode()


def read_all(link):
    """Everything until the server closes."""
    parts = []
    while part := link.recv(65536):
        parts.append(part)
    return b"".join(parts)


def told(port):
    return httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text


def test_a_body_that_does_not_come_is_answered_408_and_the_connection_closed():
    with listening(timeout=0.3) as port, connected(port) as link:
        link.sendall(head("/v1/annotate", "Content-Length: 100") + b'{"text": "')
        answer = read_all(link)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"did not arrive in time" in answer


def test_a_body_that_trickles_has_no_more_time_than_another():
    with listening(timeout=0.5) as port, connected(port) as link:
        link.sendall(head("/v1/annotate", "Content-Length: 1000"))
        begin = time.monotonic()
        with pytest.raises(OSError):
            for _ in range(1000):
                link.sendall(b" ")
                time.sleep(0.02)
        assert time.monotonic() - begin < 10


@pytest.mark.parametrize("sent", [b"", b"POST /v1/annotate HTTP/1.1\r\nHost: te"])
def test_headers_that_do_not_come_close_the_connection(monkeypatch, sent):
    monkeypatch.setattr(connection, "HEADER_SECONDS", 0.3)
    with listening() as port, connected(port) as link:
        link.sendall(sent)
        begin = time.monotonic()
        assert read_all(link) == b""
        assert time.monotonic() - begin < 10


def test_a_connection_is_used_again_after_the_time_for_headers(monkeypatch):
    monkeypatch.setattr(connection, "HEADER_SECONDS", 1.0)
    with listening() as port, httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        for _ in range(2):
            assert client.post("/v1/annotate", json={"text": "a b"}).status_code == 200
            time.sleep(1.2)


def test_who_leaves_leaves_the_queue():
    fake = Fake()
    with listening(fake) as port:
        fake.open.clear()
        body = json.dumps({"text": "wait"}).encode()
        with connected(port) as first, connected(port) as second:
            first.sendall(head("/v1/annotate", f"Content-Length: {len(body)}") + body)
            until(lambda: fake.batches)
            body = json.dumps({"text": ["a", "b", "c"]}).encode()
            second.sendall(head("/v1/annotate", f"Content-Length: {len(body)}") + body)
            until(lambda: "vnlp_queue_texts 3.0" in told(port))
        until(lambda: 'status="499"} 2.0' in told(port))
        fake.open.set()
        assert httpx2.post(f"http://127.0.0.1:{port}/v1/annotate", json={"text": "d"}, timeout=60).status_code == 200
    # The first was in work already; of the second, nothing was done.
    assert [texts for _, texts in fake.batches] == [["wait"], ["d"]]


def test_half_a_body_and_away_harms_nobody():
    with listening() as port:
        for _ in range(20):
            with connected(port) as link:
                link.sendall(head("/v1/annotate", "Content-Length: 100") + b'{"text": "')
        until(lambda: 'route="/v1/annotate",status="499"} 20.0' in told(port))
        assert httpx2.post(f"http://127.0.0.1:{port}/v1/annotate", json={"text": "d"}, timeout=60).status_code == 200


def test_a_stream_answers_each_line_before_the_next_is_sent():
    with listening() as port, connected(port) as link:
        link.sendall(head("/v1/annotate/stream", "Transfer-Encoding: chunked"))
        answers = link.makefile("rb")
        for number in range(5):
            line = json.dumps({"text": f"söz {number}"}).encode() + b"\n"
            link.sendall(f"{len(line):x}\r\n".encode() + line + b"\r\n")
            while (found := answers.readline())[:1] != b"{":
                pass
            assert json.loads(found)["tokens"] == ["söz", str(number)]
        link.sendall(b"0\r\n\r\n")
        assert answers.readline() == b"\r\n"
        assert answers.readline() == b"0\r\n"


def test_who_waits_for_leave_to_send_a_stream_gets_it():
    with listening() as port, connected(port) as link:
        link.sendall(head("/v1/annotate/stream", "Content-Length: 14", "Expect: 100-continue"))
        assert link.recv(1000).startswith(b"HTTP/1.1 100 ")
        link.sendall(b'{"text": "a"}\n')
        answers = link.makefile("rb")
        while (found := answers.readline())[:1] != b"{":
            assert found
        assert json.loads(found)["tokens"] == ["a"]


def test_a_stream_that_is_not_read_ends_and_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(connection, "UNREAD_SECONDS", 1.0)
    fake = Fake()
    line = json.dumps({"text": "a" * 9000}).encode() + b"\n"
    with listening(fake, idle=0.5, stream_window=8) as port, connected(port) as link:
        link.sendall(head("/v1/annotate/stream", "Transfer-Encoding: chunked"))
        chunk = f"{len(line):x}\r\n".encode() + line + b"\r\n"
        with pytest.raises(OSError):
            for _ in range(100_000):
                link.sendall(chunk)
        until(lambda: 'route="/v1/annotate/stream",status="499"} 1.0' in told(port))
    # What the sockets' buffers take, and little more, was worked on: not the gigabyte that was offered.
    assert sum(len(texts) for _, texts in fake.batches) < 5000


def test_a_stream_that_stops_coming_ends_with_a_line_that_says_so():
    with listening(idle=0.4) as port, connected(port) as link:
        link.sendall(head("/v1/annotate/stream", "Transfer-Encoding: chunked") + b'e\r\n{"text": "a"}\n\r\n')
        answer = read_all(link)
    assert b'"tokens": ["a"]' in answer
    assert b"did not arrive in time" in answer
