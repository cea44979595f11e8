"""Reading tables: what is in them, and what is wrong with them."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.files import open_source

ROW = "k1\t1\t2\t3\tAli geldi ."


def rows_of(source, size=2):
    return [row for chunk in source.chunks(size) for row in chunk.rows()]


def numbers_of(source, size=2):
    return [number for chunk in source.chunks(size) for number in chunk.numbers]


class TestFiveColumns:
    def test_frame(self, pipe, write):
        path = write("a.tsv", 'k1\t1\t2\t3\tAli geldi .\n007\t1\t-2\t10\tBir "iki" NA\r\n')
        frame = pipe.load_from_csv(path)
        assert frame.to_dict("list") == {
            "t_code": ["k1", "007"],
            "ch_no": [1, 1],
            "p_no": [2, -2],
            "s_no": [3, 10],
            "sentence": ["Ali geldi .", 'Bir "iki" NA'],
        }
        assert [str(dtype) for dtype in frame.dtypes[1:4]] == ["int64"] * 3

    @pytest.mark.parametrize("code", ["01", "+1", "1.0", "", "x", " 1", "٣", "-0", "9" * 19])
    def test_numbers_stay_text_where_one_is_no_plain_integer(self, pipe, write, code):
        frame = pipe.load_from_csv(write("a.tsv", f"{ROW}\nk\t{code}\t2\t3\tx\n"))
        assert frame["ch_no"].tolist() == ["1", code]
        assert frame["p_no"].tolist() == [2, 2]

    def test_a_code_is_text_even_if_it_looks_like_a_number(self, pipe, write):
        assert pipe.load_from_csv(write("a.tsv", "12\t1\t1\t1\tx"))["t_code"].tolist() == ["12"]

    def test_line_ends_inside_sentences(self, pipe, write):
        sentence = "a\x0bb\x0cc\x1cd\x85e\u2028f\rg"
        frame = pipe.load_from_csv(write("a.tsv", f"\ufeffk\t1\t1\t1\t{sentence}\n{ROW}"))
        assert frame["sentence"].tolist() == [sentence, "Ali geldi ."]
        assert frame["t_code"].tolist() == ["k", "k1"]

    def test_blank_lines_at_the_end_are_passed_over(self, pipe, write):
        assert len(pipe.load_from_csv(write("a.tsv", f"{ROW}\n\n\r\n"))) == 1

    def test_empty_sentences_are_rows(self, pipe, write):
        frame = pipe.load_from_csv(write("a.tsv", f"k\t1\t1\t1\t\nk\t1\t1\t2\t  \n{ROW}\n"))
        assert frame["sentence"].tolist() == ["", "  ", "Ali geldi ."]

    @pytest.mark.parametrize(
        ("content", "row", "says"),
        [
            (f"{ROW}\n{ROW}\tx\n", 2, "has 6 columns, expected 5"),
            (f"{ROW}\nk\t1\n{ROW}\n", 2, "has 2 columns, expected 5"),
            (f"{ROW}\n\n{ROW}\n", 2, "has 1 column, expected 5"),
            ("k1,1,2,3,Ali\n", 1, "t_code, ch_no, p_no, s_no, sentence"),
            (
                f"{ROW}\n{ROW}\n".encode() + b"k\t1\t1\t1\tbozuk \xff\n",
                3,
                "column 'sentence': byte 15 of the row .0xff. is not valid UTF-8",
            ),
            (f"{ROW}\n".encode("utf-16"), 1, "byte 1 of the row"),
            (f"{ROW} ışık\n".encode("cp1254"), 1, "save the file as UTF-8"),
        ],
    )
    def test_malformed_rows_are_named(self, pipe, write, content, row, says):
        path = write("a.tsv", content)
        with pytest.raises(InputError, match=says) as raised:
            pipe.load_from_csv(path)
        assert (raised.value.path, raised.value.row) == (path, row)
        assert str(raised.value).startswith((f"{path}, row {row}: ", f"{path}, row {row}, column "))

    @pytest.mark.parametrize("content", ["", "\ufeff", "\n\n"])
    def test_empty_files(self, pipe, write, content):
        with pytest.raises(InputError, match=r"a\.tsv: the file is empty"):
            pipe.load_from_csv(write("a.tsv", content))

    def test_files_that_cannot_be_opened(self, pipe, tmp_path):
        with pytest.raises(InputError, match=r"nowhere\.tsv: there is no such file"):
            pipe.load_from_csv(tmp_path / "nowhere.tsv")
        with pytest.raises(InputError, match="is a folder"):
            pipe.load_from_csv(tmp_path)
        (tmp_path / "texts").mkdir()
        with pytest.raises(InputError, match="texts: is a folder, not a file: name the files in it one by one"):
            open_source(tmp_path / "texts")


class TestDelimited:
    def test_csv(self, write):
        source = open_source(write("a.csv", 'id,metin\n01,"Ali, ""geldi""\nve gitti"\n\n02,son\n'), "metin")
        assert rows_of(source) == [{"id": "01", "metin": 'Ali, "geldi"\nve gitti'}, {"id": "02", "metin": "son"}]
        assert (source.length, numbers_of(source)) == (2, [2, 5])

    @pytest.mark.parametrize("mark", [";", "\t"])
    def test_other_delimiters(self, write, mark):
        source = open_source(write("a.csv", f"id{mark}metin\n1{mark}a, b\n"), "metin")
        assert rows_of(source) == [{"id": 1, "metin": "a, b"}]

    def test_tsv_with_quoting(self, write):
        source = open_source(write("a.tsv", 'id\tmetin\n1\t"Ali ""geldi"""\n'), "metin")
        assert rows_of(source)[0]["metin"] == 'Ali "geldi"'

    def test_tsv_without_quoting(self, write):
        source = open_source(write("a.tsv", 'id\tmetin\n1\t"Gel" dedi\n2\t5" ekran\n'), "metin")
        assert [row["metin"] for row in rows_of(source)] == ['"Gel" dedi', '5" ekran']

    def test_the_default_column(self, write):
        assert open_source(write("a.csv", "sentence\na\n")).text_column == "sentence"

    def test_a_very_long_cell(self, write):
        source = open_source(write("a.csv", "sentence\n" + "x" * 300_000 + "\n"))
        assert len(rows_of(source)[0]["sentence"]) == 300_000

    def test_a_header_without_rows(self, write):
        source = open_source(write("a.csv", "id,sentence\n"))
        assert (source.length, rows_of(source)) == (0, [])
        assert source.schema().names == ["id", "sentence"]

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ("", "the file is empty"),
            ("id,text\n1,a\n", r"column 'sentence': there is no such column; the columns are: id, text"),
            ("Ali geldi,1\nb,2\n", r"the columns are: Ali geldi, 1; has the file no header row\?$"),
            (f"{'uzun ' * 99},b\n", r"columns are: (uzun ){6}…, b; has"),
            (",".join(f"c{n}" for n in range(99)) + "\n", r"columns are: (c\d+, ){12}and 87 more; has"),
            ("sentence,id\na,1\nb\n", r"row 3: has 1 column, expected 2 \(sentence, id\)"),
            ("sentence,id\na,b,1\n", "row 2: has 3 columns, expected 2"),
            ('sentence,id\n"a" b,1\n', "row 2: is malformed"),
            ('sentence,id\na,1\n"a,1\nb,2\n', "row 3: is malformed"),
            ("sentence,sentence\na,1\n", "column 'sentence': two columns have this name"),
            (b"sentence\na\n\xc3\n", "row 3: byte 1 of the row"),
        ],
    )
    def test_malformed(self, write, content, says):
        with pytest.raises(InputError, match=r"a\.csv.*" + says):
            open_source(write("a.csv", content))


class TestJsonLines:
    def test_rows(self, write):
        path = write("a.jsonl", '{"sentence": "a", "n": {"x": [1]}}\n\n{"sentence": null}\n{"sentence": "\\u0062"}\n')
        source = open_source(path)
        assert rows_of(source) == [{"sentence": "a", "n": {"x": [1]}}, {"sentence": None}, {"sentence": "b"}]
        assert numbers_of(source) == [1, 3, 4]
        assert source.columns == ("sentence", "n")

    def test_types_hold_all_rows(self, write, monkeypatch):
        monkeypatch.setattr("vnlp_colab.pipeline.jsonl._ROWS_FOR_TYPES", 1)
        lines = [{"sentence": "a", "x": 1}, {"sentence": "b", "x": 2.5, "y": None}, {"sentence": None, "y": ["z"]}]
        source = open_source(write("a.jsonl", "\n".join(map(json.dumps, lines))))
        assert source.schema() == pa.schema(
            [("sentence", pa.string()), ("x", pa.float64()), ("y", pa.list_(pa.string()))]
        )
        tables = [chunk.table() for chunk in source.chunks(1)]
        assert pa.concat_tables(tables).to_pydict()["x"] == [1.0, 2.5, None]

    def test_types_that_do_not_fit(self, write):
        source = open_source(write("a.jsonl", '{"sentence": "a", "x": 1}\n{"sentence": "a", "x": {"y": 1}}'))
        with pytest.raises(InputError, match=r"column 'x'.*write a \.jsonl file"):
            source.schema()

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ("", "the file is empty"),
            ('{"sentence": "a"}\n{"sentence": 5}\n', r"row 2, column 'sentence': expected text, found int 5"),
            ('{"sentence": "a"}\n{"sentence": ["b"]}\n', r"row 2, column 'sentence': expected text, found list"),
            ('{"sentence": "a"}\n{"sentence": \n', "row 2: is not valid JSON"),
            ('{"sentence": "a"}\n[1]\n', "row 2: expected a JSON object, found list"),
            ('{"text": "a"}\n', "column 'sentence': there is no such column; the columns are: text"),
            ('{"sentence": "a"}\n{"text": "b"}\n', "row 2, column 'sentence': the row has no such member"),
            (b'{"sentence": "a"}\n{"sentence": "\xff"}\n', "row 2: byte 15 of the row"),
            ("[" * 100_000, "row 1: is not valid JSON"),
        ],
        ids=range(9),
    )
    def test_malformed(self, write, content, says):
        with pytest.raises(InputError, match=r"a\.jsonl.*" + says):
            open_source(write("a.jsonl", content))

    @pytest.mark.parametrize(
        "inner", ["[" * 100 + "1" + "]" * 100, "[" * 900 + "]" * 900, '{"a":' * 100 + "1" + "}" * 100]
    )
    def test_rows_nested_too_deeply_to_be_written_are_named(self, write, inner):
        path = write("a.jsonl", f'{{"text": "Ali", "x": [{"[], " * 200}0]}}\n{{"text": "Ali", "x": {inner}}}\n')
        with pytest.raises(InputError, match="nested more than 100 deep") as raised:
            open_source(path, "text")
        assert raised.value.row == 2


class TestParquet:
    def parquet(self, tmp_path, **columns):
        path = tmp_path / "a.parquet"
        pq.write_table(pa.table(columns), path)
        return path

    def test_rows(self, tmp_path):
        source = open_source(self.parquet(tmp_path, sentence=["a", None, "c"], n=[1, 2, None]))
        assert source.length == 3
        assert numbers_of(source) == [1, 2, 3]
        assert rows_of(source)[1] == {"sentence": None, "n": 2}

    @pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int32(), pa.string()), pa.null()])
    def test_all_kinds_of_text(self, tmp_path, kind):
        values = [None, None] if pa.types.is_null(kind) else ["a", None]
        source = open_source(self.parquet(tmp_path, sentence=pa.array(values, type=kind)))
        assert [text for chunk in source.chunks(8) for text in chunk.texts] == values

    def test_a_column_that_is_not_text(self, tmp_path):
        with pytest.raises(InputError, match=r"a\.parquet, column 'sentence': expected text, found the type int64"):
            open_source(self.parquet(tmp_path, sentence=[1, 2]))

    def test_text_that_is_not_utf8(self, tmp_path):
        broken = pa.array([b"a", b"\xff"]).view(pa.string())
        source = open_source(self.parquet(tmp_path, sentence=broken))
        with pytest.raises(InputError, match=r"a\.parquet, row 2, column 'sentence': is not valid UTF-8"):
            rows_of(source)

    @pytest.mark.parametrize("suffix", ["csv", "jsonl", "conllu", "pkl"])
    @pytest.mark.parametrize(
        ("other", "said"),
        [
            (pa.array([b"a", b"b", b"\xff\xfe"]).view(pa.string()), "is not valid UTF-8"),
            (pa.array([["a"], None, ["b", None]]), None),
            (pa.array([1, None, 2**31 - 1], pa.int32()).view(pa.date32()), "is no value that Python has"),
            (pa.array([1, 2, 2**62]).view(pa.timestamp("us")), "is no value that Python has"),
        ],
    )
    def test_another_column_with_what_python_has_not(self, pipe, tmp_path, suffix, other, said):
        """Parquet and Arrow keep such values; formats that are written from Python's name the row and the column."""
        table = self.parquet(tmp_path, sentence=["a", "b", "c"], other=other)
        pipe.annotate_file(table, tmp_path / "o.parquet")
        kept = [pq.read_table(path).column("other") for path in (table, tmp_path / "o.parquet")]
        assert kept[0].equals(kept[1])
        if said is None:
            assert pipe.annotate_file(table, tmp_path / f"o.{suffix}").rows == 3
            return
        with pytest.raises(InputError, match=rf"a\.parquet, row 3, column 'other': {said}"):
            pipe.annotate_file(table, tmp_path / f"o.{suffix}")
        assert not (tmp_path / f"o.{suffix}").exists()

    def test_no_such_column(self, tmp_path):
        with pytest.raises(InputError, match="the columns are: metin"):
            open_source(self.parquet(tmp_path, metin=["a"]))

    def test_counts_of_rows_that_are_damaged(self, tmp_path):
        """Each byte of the footer one higher, as such numbers are written: Arrow reads some of these files in part."""
        path = self.parquet(tmp_path, sentence=["a", None, "c"])
        good = path.read_bytes()
        said = set()
        for place in range(len(good) - int.from_bytes(good[-8:-4], "little") - 8, len(good) - 8):
            path.write_bytes(good[:place] + bytes([(good[place] + 2) % 256]) + good[place + 1 :])
            try:
                source = open_source(path)
                assert len(rows_of(source)) == source.length
            except InputError as error:
                said.add(error.reason.partition(": ")[2])
        assert "it has 3 rows, and says that it has 4" in said

    @pytest.mark.parametrize("error", [pa.ArrowNotImplementedError, pa.ArrowKeyError, pa.ArrowTypeError])
    def test_whatever_arrow_raises_over_damage(self, tmp_path, monkeypatch, error):
        """Such as ``Integers with more than 64 bits not implemented``."""
        path = self.parquet(tmp_path, sentence=["a"])

        def refusing(path):
            raise error("not implemented")

        monkeypatch.setattr("vnlp_colab.pipeline.parquet.pq.ParquetFile", refusing)
        with pytest.raises(InputError, match=r"a\.parquet: is not a whole Parquet file: .*not implemented"):
            open_source(path)

    def test_a_column_whose_name_is_not_utf8(self, tmp_path):
        path = self.parquet(tmp_path, sentence=["a"], others=["b"])
        path.write_bytes(path.read_bytes().replace(b"others", b"oth\x80rs"))
        with pytest.raises(InputError, match=r"a\.parquet: is not a whole Parquet file: 'utf-8' codec"):
            open_source(path)

    @pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all"])
    def test_a_file_that_is_not_parquet(self, write, content):
        with pytest.raises(InputError, match=r"a\.parquet: is not a whole Parquet file"):
            open_source(write("a.parquet", content))

    def test_missing(self, tmp_path):
        with pytest.raises(InputError, match="there is no such file"):
            open_source(tmp_path / "a.parquet")


@pytest.mark.parametrize("name", ["a.xlsx", "a", "a.txt"])
def test_an_unknown_suffix_lists_the_known(write, name):
    with pytest.raises(InputError, match=r"known: \.tsv, \.csv, \.jsonl, \.parquet"):
        open_source(write(name, "x"))
