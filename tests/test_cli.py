import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cxlib import cli
from cxlib.errors import DataError
from tests.environment import ROOT
from tests.report.conftest import write_tiny
from tests.report.notebooks import write_chapter


def cx(*arguments, **options):
    """Run a command line in its own process, as a user does."""
    command = [sys.executable, "-m", "cxlib", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def cx_to(output, *arguments):
    command = [sys.executable, "-m", "cxlib", *arguments]
    return subprocess.run(command, stdout=output, stderr=subprocess.PIPE, text=True, check=False)


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Return a function that runs a command line here: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(cli._settings, "debug", False)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["cx", *arguments])
        with pytest.raises(SystemExit, match="^(|0|1|2|130)$") as ended:
            cli.main()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return run


@pytest.fixture
def chapters(monkeypatch, tmp_path):
    """Return a folder for notebooks that the commands take for the kit's own."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr("cxlib.report.shelf.NOTEBOOKS", folder)
    return folder


def test_help_imports_nothing_heavy():
    probe = (
        "import sys; sys.argv = ['cx', '--help']\nimport cxlib.cli\n"
        "try: cxlib.cli.main()\nexcept SystemExit: pass\n"
        "print('loaded', [m for m in ('pandas', 'duckdb', 'matplotlib', 'papermill') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert "loaded []" in done.stdout
    for command in ("report", "check", "init", "simulate", "explore"):
        assert command in done.stdout


def test_python_m_does_the_same_and_errors_are_one_line(tmp_path):
    done = cx("check", "nowhere", cwd=tmp_path)
    assert done.returncode == 1
    assert re.fullmatch(r"cx: No dataset 'nowhere': looked for dataset\.yaml in .*\n", done.stderr)


def test_debug_shows_where_an_error_came_from(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["cx", "--debug", "check", "nowhere"])
    with pytest.raises(DataError, match="nowhere"):
        cli.main()


def opening_raises(monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("cxlib.dataset.dataset.open_dataset", fail)


def test_a_fault_of_the_kit_is_one_line_and_shown_with_debug(call, monkeypatch):
    opening_raises(monkeypatch, KeyError("no such\nkey"))
    assert call("check", "x") == (
        1,
        "",
        r"cx: unexpected KeyError: 'no such\nkey'. This is a fault of the kit; "
        "cx --debug COMMAND ... shows where.\n",
    )
    monkeypatch.setattr(sys, "argv", ["cx", "--debug", "check", "x"])
    with pytest.raises(KeyError, match="no such"):
        cli.main()


def test_an_interrupted_command_says_so(call, monkeypatch):
    opening_raises(monkeypatch, KeyboardInterrupt())
    assert call("check", "x") == (130, "", "cx: interrupted\n")


def test_a_refusal_by_the_machine_is_no_fault_of_the_kit(call, tmp_path):
    (tmp_path / "file").touch()
    code, _, err = call("simulate", "file/x", "--customers", "100", "--months", "14")
    assert code == 1
    assert re.fullmatch(r"cx: \S*file/x\S* cannot be used \(Not a directory\)\. Look .*\n", err), err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("option", [[], ["--json"]])
def test_output_that_cannot_be_written_is_one_line(tmp_path, option):
    write_tiny(tmp_path / "tiny")
    with open("/dev/full", "w") as full:
        done = cx_to(full, "check", str(tmp_path / "tiny"), *option)
    assert (done.returncode, done.stderr) == (
        1,
        "cx: the output cannot be written (No space left on device).\n",
    )


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_a_reader_that_has_gone_ends_it_quietly(tmp_path, option):
    write_tiny(tmp_path / "tiny")
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        done = cx_to(gone, "check", str(tmp_path / "tiny"), *option)
    assert (done.returncode, done.stderr) == (1, "")


TITLES = ["A [/x] B", "[EU] x", ":smile: [bold]x[/bold]", "Café → x"]


@pytest.mark.parametrize("title", TITLES)
def test_titles_are_printed_as_they_are(call, chapters, tmp_path, title):
    place = write_tiny(tmp_path / "tiny")
    described = yaml.safe_load((place / "dataset.yaml").read_text()) | {"title": {"en": title}}
    described["sources"] = {"crm": {"file": "crm.csv"}}
    (place / "dataset.yaml").write_text(yaml.safe_dump(described))
    write_chapter(chapters)
    code, out, _ = call("check", "tiny")
    assert (code, out.splitlines()[0]) == (0, f"{title}, up to 2026-10")


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", "Caf? ? x"), ("cp1252", "Café ? x")])
def test_characters_the_console_does_not_know_are_replaced(tmp_path, encoding, shown):
    place = write_tiny(tmp_path / "tiny")
    described = yaml.safe_load((place / "dataset.yaml").read_text()) | {"title": {"en": TITLES[-1]}}
    (place / "dataset.yaml").write_text(yaml.safe_dump(described))
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "cxlib", "check", str(place)]
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode(encoding).splitlines()[0] == f"{shown}, up to 2026-10"


@pytest.mark.parametrize(
    ("out", "reason"),
    [
        ("file", "Not a directory"),
        ("/dev/null", "Not a directory"),
        ("a" * 300, "File name too long"),
    ],
)
def test_a_folder_of_reports_that_cannot_be(call, chapters, tmp_path, out, reason):
    write_tiny(tmp_path / "tiny")
    write_chapter(chapters)
    (tmp_path / "file").touch()
    code, _, err = call("report", "tiny", "--out", out, "--quiet")
    assert code == 1
    assert re.fullmatch(rf"cx: {out[:60]}.*/tiny cannot be written \({reason}\)\. .*--out\.\n", err), err


@pytest.mark.parametrize("command", ["check", "report"])
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("~nosuchuser/x", r"Dataset '~nosuchuser/x' begins with ~nosuchuser, and there is no such user"),
        ("a/" * 2_500, r"/a/a/.*\.\.\..*/a/a/.*dataset\.yaml cannot be read \(File name too long\)"),
        ("a" * 300, r"aaa\.\.\.aaa.*dataset\.yaml cannot be read \(File name too long\)"),
    ],
)
def test_paths_of_a_dataset_that_cannot_be(call, command, path, message):
    code, _, err = call(command, path)
    assert (code, err.count("\n")) == (1, 1)
    assert re.search(message, err), err


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["report", "--month", "2026-13"], "Month '2026-13' is not a month"),
        (["report", "--language", "fr"], "Invalid value for '--language'"),
        (["report", "--mnth", "2026-10"], "No such option"),
        (["simulate", "x", "--effect", "huge"], "Invalid value for '--effect'"),
        (["publish"], "No such command"),
    ],
)
def test_a_wrong_call_ends_with_two(call, arguments, match):
    code, _, err = call(*arguments)
    assert code == 2
    assert match in err


def test_a_report_tells_each_chapter_and_prints_its_page(call, chapters, tmp_path):
    write_tiny(tmp_path / "tiny")
    write_chapter(chapters)
    write_chapter(chapters, "13", "profit", id="value.customer", tables=(("billing",),))
    code, out, err = call("report", "tiny", "--language", "de", "--jobs", "1")
    assert code == 0
    assert out.splitlines() == ["reports/tiny/2026-10/cx-report-tiny-2026-10-de.html"]
    assert re.search(
        r"^Tiny Ltd, 2026-10: 1 chapter\n\[1/1\] 12-effect made \d+\.\d s\n13-profit left out: ", err
    )
    code, out, err = call("report", "tiny", "--language", "de", "--json")
    assert err == ""
    assert json.loads(out)["chapters"] == {"12-effect": "unchanged", "13-profit": "left out"}
    assert call("report", "tiny", "--language", "de", "--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "languages"),
    [((), ("en",)), (("--language", "de"), ("de",)), (("--language", "both"), ("de", "en"))],
)
def test_a_report_without_a_language_speaks_those_of_the_dataset(
    call, monkeypatch, tmp_path, arguments, languages
):
    asked = []

    def make_edition(dataset, **options):
        asked.append(options["languages"])
        raise DataError("enough was seen")

    described = write_tiny(tmp_path / "tiny") / "dataset.yaml"
    described.write_text(f"{described.read_text(encoding='utf-8')}\nlanguages: [en]\n", encoding="utf-8")
    monkeypatch.setattr("cxlib.report.edition.make_edition", make_edition)
    call("report", "tiny", *arguments)
    assert asked == [languages]


def test_init_says_what_it_took_each_column_for(call, tmp_path):
    shutil.copytree(ROOT / "tests" / "exports" / "german", tmp_path / "mine" / "exports")
    code, out, err = call("init", "mine")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert "kunden.csv: customers, by the names of its columns" in lines
    assert "kunden.csv: Vertragsbeginn -> customers.start_date (certain)" in lines
    assert "kunden.csv: Bundesland -> customers.region (likely)" in lines
    assert "kunden.csv: E-Mail -> not used: personal" in lines
    assert "left open: dataset.yaml: currency EUR is a default; no file says it" in lines
    assert lines[-2:] == ["mine/dataset.yaml: written", "next: look at these files, then cx check mine"]
    code, out, _ = call("init", "mine")
    assert "mine/customers.sql: kept: it already says this" in out.splitlines()
    assert call("check", "mine")[0] == 0


def test_init_draws_a_table_on_a_terminal(call, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "tests" / "exports" / "zendesk", tmp_path / "mine")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    out = re.sub(r"\x1b\[\d+m", "", call("init", "mine")[1])
    assert re.search(r"Reason \[list\] +tickets\.reason +likely +a field of your own", out)
    assert "->" not in out


def test_init_without_exports_ends_with_one(call, tmp_path):
    (tmp_path / "mine").mkdir()
    code, out, err = call("init", "mine")
    assert (code, out) == (1, "")
    assert err.startswith("cx: No export in mine is recognised (found: no file).")


def test_a_failed_chapter_ends_with_one_and_a_line(call, chapters, tmp_path):
    write_tiny(tmp_path / "tiny")
    write_chapter(chapters, cells=["1 / 0"])
    code, out, err = call("report", "tiny", "--language", "en", "--out", "elsewhere", "--quiet")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "cx: 12-effect stopped with ZeroDivisionError: division by zero",
        "cx: the notebooks of failed chapters, marked, are in elsewhere/tiny/2026-10.failed",
    ]


def test_a_chapter_that_cannot_be_run_has_failed_and_takes_no_other_with_it(call, chapters, tmp_path):
    write_tiny(tmp_path / "tiny")
    write_chapter(chapters)
    write_chapter(chapters, "13", "profit", id="value.customer", parameters='dataset: str = ""')
    code, out, err = call("report", "tiny", "--language", "en")
    assert code == 1
    assert out.splitlines() == ["reports/tiny/2026-10/cx-report-tiny-2026-10-en.html"]
    assert err.splitlines()[-1].startswith("cx: 13-profit has no parameter ['month', 'scope', 'language']")
    code, out, _ = call("check", "tiny")
    assert code == 0
    assert "13-profit: has no parameter ['month', 'scope', 'language']" in " ".join(out.split())


def test_check_lists_rows_and_chapters(call, chapters, tmp_path):
    write_tiny(tmp_path / "tiny")
    write_chapter(chapters)
    write_chapter(chapters, "13", "profit", tables=(("billing",),))
    code, out, _ = call("check", "tiny")
    assert code == 0
    assert re.search(r"table +customers +40 +40 +0", out)
    assert "12-effect: can be made" in out
    assert "13-profit: This chapter needs data on billing" in out
    code, out, _ = call("check", "tiny", "--json")
    assert json.loads(out)["chapters"]["12-effect"] is None
    assert json.loads(out)["findings"][0]["rows_kept"] == 40
    assert json.loads(out)["warnings"] == []


def test_check_tells_what_is_strange_how_bad_it_is_and_what_to_do(call, chapters, tmp_path):
    with (write_tiny(tmp_path / "tiny") / "exports" / "crm.csv").open("a") as crm:
        crm.write("\nc1,2025-02-05,,b")
    write_chapter(chapters)
    code, out, _ = call("check", "tiny")
    assert code == 0
    assert re.search(r"^warning +1 row of customers \(2\.4%\) repeats the id of an earlier row", out, re.M)
    assert re.search(r"^ +-> Where exports overlap this is right\.", out, re.M)
    code, out, _ = call("check", "tiny", "--json")
    repeated = next(told for told in json.loads(out)["warnings"] if told["check"] == "repeated_ids")
    assert (repeated["severity"], repeated["table"]) == ("warning", "customers")
    assert repeated["remedy"].startswith("Where exports overlap")


def test_check_fails_where_no_report_can_be_made(call, chapters, tmp_path):
    write_tiny(tmp_path / "tiny")
    write_chapter(chapters, tables=(("billing",),))
    code, _, err = call("check", "tiny")
    assert code == 1
    assert "No chapter can be made from" in err
    assert "which has ['customers', 'touchpoints']" in err


@pytest.mark.parametrize("as_json", [False, True])
def test_check_fails_where_all_tables_are_empty(call, chapters, tmp_path, as_json):
    place = write_tiny(tmp_path / "tiny")
    (place / "exports" / "crm.csv").write_text("id,joined,quit,segment\n")
    write_chapter(chapters)
    write_chapter(chapters, "13", "data-trust", id="value.customer", tables=())
    code, out, err = call("check", "tiny", *(["--json"] if as_json else []))
    assert code == 1
    assert re.fullmatch(r"cx: No chapter can be made from .*/tiny, which has .*\. Empty: customers\.\n", err)
    if as_json:
        assert json.loads(out)["empty"] == ["customers"]
        assert all("data on customers" in reason for reason in json.loads(out)["chapters"].values())
    else:
        assert "The table customers is empty: no row was kept." in out.splitlines()
        assert out.count("needs data on customers. These data do not have that.") == 2
    assert call("report", "tiny", "--quiet") == (1, "", err)
    assert not list((tmp_path / "reports").rglob(".building-*"))


def test_an_empty_table_beside_others_does_not_stop_a_report(call, chapters, tmp_path):
    place = write_tiny(tmp_path / "tiny")
    (place / "exports" / "wishes.csv").write_text("wish_id,customer_id,created_at,wish\n")
    described = yaml.safe_load((place / "dataset.yaml").read_text())
    described["sources"]["asked"] = {"file": "wishes.csv"}
    (place / "dataset.yaml").write_text(yaml.safe_dump(described))
    (place / "surveys.sql").write_text(
        "SELECT wish_id AS response_id, customer_id, created_at AS answered_at, 'nps' AS instrument, "
        "wish AS score FROM asked"
    )
    write_chapter(chapters, tables=(("customers", "surveys"),))
    write_chapter(chapters, "13", "satisfaction", id="value.customer", tables=(("surveys",),))
    code, out, _ = call("check", "tiny")
    assert code == 0
    assert "The table surveys is empty: no row was kept." in out.splitlines()
    assert "12-effect: can be made" in out
    assert "13-satisfaction: This chapter needs data on survey answers and invitations. These" in out


def test_check_without_rows_and_dates_says_what_is_empty(call, tmp_path):
    place = write_tiny(tmp_path / "tiny")
    (place / "exports" / "crm.csv").write_text("id,joined,quit,segment\n")
    described = (place / "dataset.yaml").read_text()
    (place / "dataset.yaml").write_text(described.replace("as_of: 2026-10\n", ""))
    code, _, err = call("check", "tiny")
    assert code == 1
    assert "has no dated rows and no as_of in dataset.yaml. Without any row: customers." in err


def test_simulate_writes_a_company_and_its_truth(call, monkeypatch, tmp_path):
    asked = {}
    monkeypatch.setattr("cxlib.company.simulate", lambda **options: asked.update(options) or "company")
    monkeypatch.setattr("cxlib.company.write_dataset", lambda company, folder: asked.update(folder=folder))
    monkeypatch.setattr(
        "cxlib.company.write_truth", lambda company, file: asked.update(truth=file), raising=False
    )
    code, out, _ = call("simulate", "shop", "--customers", "500", "--effect", "none", "--truth", "truth.json")
    assert (code, out) == (0, "shop\n")
    assert (asked["customers"], asked["effect"], asked["dirt"]) == (500, "none", "default")
    assert (asked["folder"].name, asked["truth"].name) == ("shop", "truth.json")


def test_explore_says_what_to_install(call, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    code, _, err = call("explore")
    assert code == 1
    assert 'pip install "cxlib[lab]"' in err


def test_explore_opens_the_first_notebook(call, monkeypatch):
    started = []

    def run(command, **options):
        started.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("subprocess.run", run)
    assert call("explore")[0] == 0
    assert started[0][-1].endswith("00-start-here.ipynb")
