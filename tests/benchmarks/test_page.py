"""What the page makes of results: targets met and missed, tables, blocks between markers."""

import pytest
from benchmarks.names import SUITES
from benchmarks.render import against, page, roofline, summary, tables, targets
from benchmarks.render.text import figure, share, table


def rates(median, least=None, greatest=None):
    return {"min": least or median, "median": median, "max": greatest or median, "runs": 5}


def compared(bulk, wanted=(65,)):
    times = {"times": rates(40.0), "times_in_bulk": rates(bulk)}
    speeds = {"ours": rates(400.0), "theirs": rates(10.0), "ours_in_bulk": rates(10 * bulk)}
    what = {"subject": "SPUContextPoS", "peer": "stepwise ONNX", "sentences": 2, "tokens": 20, "runs_on": "two threads"}
    return {**what, **times, **speeds, "wanted": list(wanted), "agreement": {"same": 20, "of": 20}}


def grown(rows, ms, peak):
    return {
        "subject": "pipeline spu",
        "how": "annotate",
        "rows": rows,
        "tokens": 12 * rows,
        "seconds": rows * ms / 1000,
        "milliseconds_a_row": ms,
        "tokens_per_second": 12_000 / ms,
        "loaded_mb": 200.0,
        "now_mb": peak,
        "peak_mb": peak,
        "hit_rate": 0.9,
    }


def bounded(share, wanted=0.75):
    return {
        "subject": "SPUContextDP",
        "flops_a_token": 4e7,
        "flops_a_token_cold": 5e7,
        "runs_a_token": 0.1,
        "wanted_share": wanted,
        "bound_by": "matrix products",
        "time": {"matrix products": 0.9, "other": 0.1},
        **{
            f"threads_{n}": {"flops": rates(8e10 * n), "share_of_peak": share, "share_of_own_rate": 0.9} for n in (1, 2)
        },
        "top": [
            {
                "graph": "step",
                "operator": "Gemm",
                "share": 0.9,
                "microseconds": 9e5,
                "calls": 90.0,
                "flops": 7e10,
            }
        ],
    }


MACHINE = {
    "peak_flops": {"1": 1.1e11, "2": 2.2e11},
    "elementwise": [{"operator": "Add", "threads": n, "median": 5e9 * n} for n in (1, 2)],
    "call_microseconds": 5.0,
}


def only(section, found):
    return targets.targets({f"spu-{section}": {"found": found}})


class TestTargets:
    @pytest.mark.parametrize(("bulk", "met"), [(64.9, False), (65.0, True), (80.0, True)])
    def test_a_factor(self, bulk, met):
        (target,) = only("against", [compared(bulk)])
        assert target.met is met
        assert target.wanted == "65 ×"

    def test_a_peer_without_target_or_figures_has_no_line(self):
        assert not only("against", [compared(2, ()), {"subject": "a", "peer": "b", "unavailable": "no"}])

    def test_the_shared_network_is_judged_too(self):
        found = {"subject": "a", "beside": "b", "wanted": {"tokens_per_second": 10_000, "times": 3}}
        found |= {"tokens_per_second": {"a": rates(10_500.0)}, "times": rates(2.999)}
        speed, times = only("shared", found)
        assert speed.met and not times.met
        assert times.reached.startswith("2.99 ×")
        del found["times"]
        assert [target.met for target in only("shared", found)] == [True]

    def test_what_nearly_reaches_looks_less_than_what_was_wanted(self):
        values = (0.7494, 0.74996, 0.7499999, 0.75, 0.74)
        assert [share(value, 0.75) for value in values] == ["74.9 %", "74.996 %", "74.99999 %", "75 %", "74 %"]

    def test_growth_must_be_linear_and_reach_the_most_rows(self):
        line = [grown(1_000, 1.0, 300), grown(100_000, 1.1, 400)]
        assert [target.met for target in only("growth", line)] == [True, True]
        bent = [grown(1_000, 1.0, 300), grown(100_000, 1.3, 1_300)]
        assert [target.met for target in only("growth", bent)] == [False, False]
        short = [grown(1_000, 1.0, 300), grown(10_000, 1.0, 300)]
        assert [target.met for target in only("growth", short)] == [False, False]

    def test_a_share_is_judged_on_two_cores(self):
        row = bounded(0.7)
        row["threads_1"]["share_of_peak"] = 0.8
        (target,) = only("roofline", {"machine": MACHINE, "subjects": [row]})
        assert not target.met
        assert target.reached == "70 % on two cores, 80 % on one"

    def test_latency_and_first_results(self):
        row = {"subject": "pipeline spu", "tokens": 12, "median_ms": rates(59.0), "wanted_ms": 60}
        row |= {"first_result_ms": {"64": rates(201.0)}, "first_result_wanted_ms": 200.0}
        assert [target.met for target in only("latency", [row])] == [True, False]

    def test_the_block_counts_what_is_met(self):
        kept = {"spu-against": {"found": [compared(50), compared(70)]}}
        text = targets.block(kept)
        assert text.startswith("1 of 2 are met.")
        assert text.count("**no**") == 1

    def test_missed_factors_are_weighed_against_the_machine(self):
        row = compared(40) | {"theirs": rates(1_000.0)}
        bound = bounded(0.5) | {"subject": row["subject"], "flops_a_token": 2e6}
        kept = {
            "spu-against": {"found": [row, compared(70)]},
            "spu-roofline": {"found": {"machine": MACHINE, "subjects": [bound]}},
        }
        # 65 times 1,000 tokens/s of 2 MFLOP, of 220 GFLOP/s; 40 times are reached.
        (line,) = [line for line in targets.block(kept).splitlines() if "59 %" in line]
        assert line.endswith("| 65 × | 65,000 | 130 | 59 % | 36 % |")
        both = kept | {name.replace("spu", "classic"): section for name, section in kept.items()}
        assert targets.block(both).count("would take") == 1 and targets.block(both).count("| 59 % |") == 2
        kept["spu-against"]["found"] = [compared(70)]
        assert "would take" not in targets.block(kept)


class TestTables:
    def test_a_missed_share_shows_its_profile(self):
        assert "costliest operators" in roofline.text({"machine": MACHINE, "subjects": [bounded(0.5)]})
        assert "costliest operators" not in roofline.text({"machine": MACHINE, "subjects": [bounded(0.8)]})

    def test_a_peer_that_was_not_to_be_had_says_why(self):
        text = against.text([{"subject": "a", "peer": "b", "unavailable": "no Python\nlog"}])
        assert "not to be had: no Python" in text and "log" not in text

    def test_it_is_said_what_peers_were_given(self):
        row = compared(50) | {"sentences": 256, "tokens": 2_981, "batch": 64}
        row |= {"sentences_in_bulk": 1_024, "tokens_in_bulk": 11_800}
        text = against.text([row])
        assert "1,024 sentences of any length (11.5 tokens on average)" in text
        assert (
            "- stepwise ONNX: 256 sentences, 64 at a time, whole batches" in text and "11.6 tokens on average" in text
        )
        one = against.text([row | {"peer": "upstream", "batch": 1, "sentences": 5, "tokens": 58}])
        assert "- upstream: 5 sentences, one by one; 11.6 tokens on average." in one

    def test_medians_of_fewer_runs_are_marked(self):
        found = [{"subject": "a", "rates": {"1": rates(10.0) | {"runs": 3}, "4": rates(20.0) | {"runs": 1}}}]
        text = tables._sweep("sentences", "two threads")(found)
        assert "medians of 3." in text and "| a | 10.0 | 20.0 (1 run) |" in text

    def test_peaks_name_their_rows_and_are_those_of_the_longest_run(self):
        row = {"sentences": 1_024, "peak_mb": {"1 thread": [250.0], "2 threads": [260.0], "workers=2": [60.0, 250.0]}}
        assert summary._peak(None, "pipeline spu", row, "workers=2") == "310 (1,024 rows)"
        grew = {"found": [grown(1_000, 1.0, 300), grown(100_000, 1.0, 646)]}
        assert summary._peak(grew, "pipeline spu", row, "2 threads") == "646 (100,000 rows)"
        assert summary._peak(grew, "pipeline mixed", row, "2 threads") == "260 (1,024 rows)"
        workers = {"found": [grown(10_000, 1.0, 60) | {"processes_mb": [60.0, 12.0, 400.0, 390.0]}]}
        assert summary._peak(workers, "pipeline spu", row, "workers=2") == "862 (10,000 rows)"
        assert "60 + 12 + 400 + 390 = 862" in tables._workers(workers["found"])

    def test_a_pipeline_on_two_cores_has_a_table_of_its_own(self):
        times = {"median_ms": rates(30.0), "p95_ms": rates(40.0)}
        row = {"subject": "pipeline spu", "tokens": 12, "wanted_ms": 60, **times, "two_cores": times}
        assert tables._latency([row]).count("| pipeline spu |") == 2

    def test_workers_memory_is_shown_by_process(self):
        assert tables._processes([60.0, 15.0, 240.0]) == "60 + 15 + 240 = 315"
        assert tables._processes([260.0]) == "260"

    def test_nothing_measured_is_said(self):
        assert summary.block({}) == targets.block({}) == "Nothing has been measured yet."

    def test_every_section_of_every_suite_can_be_titled(self):
        from benchmarks.sections import GPU_SECTIONS, SECTIONS

        assert set(SECTIONS) | set(GPU_SECTIONS) == set(tables._TITLES) == set(tables._RENDER)
        assert all(suite.title for suite in SUITES.values())

    def test_figures_have_three_digits(self):
        assert [figure(value) for value in (38_712.0, 0.12345, 0.0)] == ["38,700", "0.123", "0"]

    def test_short_rows_are_filled_and_bars_escaped(self):
        assert table(["a", "b"], [["x|y"]]).splitlines()[2] == "| x\\|y |  |"


def test_a_page_keeps_what_people_wrote(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("# Mine\n\n<!-- bench:a -->\nold \\1\n<!-- bench:a end -->\n\nMore.\n", encoding="utf-8")
    page.write(path, {"a": "new \\1", "b": "added"})
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Mine\n\n<!-- bench:a -->\nnew \\1\n<!-- bench:a end -->\n\nMore.\n")
    assert text.endswith("<!-- bench:b -->\nadded\n<!-- bench:b end -->\n")
