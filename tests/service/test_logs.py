"""Logs are JSON, and tell no texts."""

import json
import subprocess
import sys

PROGRAM = """
import logging
from vnlp_colab.service.logs import configure, logger
configure()

def fail():
    raise ValueError("a secret text")

logger().info("request", status=200, söz="ş")
for name in ("vnlp_colab.service", "uvicorn.error"):
    try:
        fail()
    except ValueError:
        logging.getLogger(name).exception("it failed")
try:
    fail()
except ValueError as error:
    logger().error("a model failed", exc_info=error)
"""


def test_lines_are_json_and_exceptions_are_told_without_their_messages():
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", PROGRAM], capture_output=True, check=True, timeout=120)
    event, *failures = (json.loads(line) for line in done.stderr.decode().splitlines())
    assert (event["event"], event["status"], event["söz"], event["level"]) == ("request", 200, "ş", "info")
    names = ["vnlp_colab.service", "uvicorn.error", "vnlp_colab.service"]
    assert [line["logger"] for line in failures] == names
    for line in failures:
        assert line["error"] == "ValueError"
        assert line["trace"][-1].endswith(" fail")
    assert b"secret" not in done.stderr
