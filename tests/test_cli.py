import json
import re
import shutil
import subprocess
import sys

import pytest

from cxlib import cli
from cxlib.errors import DataError
from tests.environment import ROOT
from tests.report.conftest import write_tiny
from tests.report.notebooks import write_chapter


def cx(*arguments, **options):
    """Run a command line in its own process, as a user does."""
    command = [sys.executable, "-m", "cxlib", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    """Return a function that runs a command line here: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(cli._settings, "debug", False)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["cx", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return run


@pytest.fixture
def chapters(monkeypatch, tmp_path):
    """Return a folder for notebooks that the commands take for the kit's own."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    monkeypatch.setattr("cxlib.report.edition.NOTEBOOKS", folder)
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


def test_a_chapter_without_the_parameters_is_wrong_usage(call, chapters, tmp_path):
    write_tiny(tmp_path / "tiny")
    write_chapter(chapters, parameters='dataset: str = ""')
    code, _, err = call("report", "tiny", "--quiet")
    assert code == 2
    assert "has no parameter ['language', 'month', 'scope']" in err


def test_check_lists_rows_and_chapters(call, chapters, tmp_path):
    write_tiny(tmp_path / "tiny")
    write_chapter(chapters)
    write_chapter(chapters, "13", "profit", tables=(("billing",),))
    code, out, _ = call("check", "tiny")
    assert code == 0
    assert re.search(r"table +customers +40 +40 +0", out)
    assert "12-effect: can be made" in out
    assert "13-profit: This chapter needs monthly billing" in out
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
    assert re.search(r"^warning +1 rows of customers \(2\.4%\) repeat the id of an earlier row", out, re.M)
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
    assert "No chapter of the report can be made" in err


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
