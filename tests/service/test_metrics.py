"""What Prometheus is told where several processes share their figures."""

import os
import subprocess
import sys

import pytest

# Shared figures are switched on by an environment variable, before prometheus_client is imported.
KILLED = "from vnlp_colab.service.metrics import Metrics; import os, signal; m = Metrics(); "
KILLED += "m.in_flight.inc(3); m.texts.inc(5); os.kill(os.getpid(), signal.SIGKILL)"
ALIVE = "from vnlp_colab.service.metrics import Metrics; m = Metrics(); m.in_flight.inc(); m.texts.inc(2); "
ALIVE += "print(m.render().decode())"


@pytest.mark.skipif(sys.platform == "win32", reason="whether a process lives is not asked there")
def test_what_a_killed_process_had_in_flight_is_gone_and_what_it_did_stays(tmp_path):
    def run(code):
        environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True).stdout

    run(KILLED)
    assert list(tmp_path.glob("gauge_livesum_*.db"))
    told = run(ALIVE).splitlines()
    assert "vnlp_requests_in_flight 1.0" in told
    assert "vnlp_texts_total 7.0" in told
