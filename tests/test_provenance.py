import pytest

from cxlib import provenance


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a folder that is taken for the kit's package."""
    for file in ("chapters/churn/people.sql", "intake/sources.py", "init/sniff.py", "locale/de.po", "cli.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(file)
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path)
    monkeypatch.setattr(provenance, "_AT_START", provenance._computing_hash())
    return tmp_path


@pytest.mark.parametrize("file", ["chapters/churn/people.sql", "intake/sources.py", "chapters/churn/new.py"])
def test_code_that_computes_changes_the_hash(package, file):
    assert provenance.computing_hash() is not None
    (package / file).write_text("changed")
    assert provenance.computing_hash() is None


@pytest.mark.parametrize("file", ["init/sniff.py", "locale/de.po", "cli.py", "intake/notes.txt"])
def test_what_computes_nothing_changes_nothing(package, file):
    before = provenance.computing_hash()
    (package / file).write_text("changed")
    assert provenance.computing_hash() == before


def test_compiled_files_do_not_count(package):
    before = provenance.code_hash(), provenance.computing_hash()
    (package / "intake" / "__pycache__").mkdir()
    (package / "intake" / "__pycache__" / "sources.py").write_text("compiled")
    assert (provenance.code_hash(), provenance.computing_hash()) == before


def test_places_are_looked_at_alone(package):
    before = provenance.code_hash("intake")
    (package / "init" / "sniff.py").write_text("changed")
    assert provenance.code_hash("intake") == before
    (package / "intake" / "sources.py").rename(package / "intake" / "exports.py")
    assert provenance.code_hash("intake") != before


def test_another_version_of_a_library_changes_the_hash(package, monkeypatch):
    monkeypatch.setattr(provenance, "_libraries", lambda: "duckdb-99")
    assert provenance.computing_hash() is None
