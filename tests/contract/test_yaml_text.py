import pytest

from cxlib.contract.yaml_text import read_yaml, with_environment
from cxlib.errors import DataError


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a dataset.yaml and returns its path."""

    def write(text):
        path = tmp_path / "dataset.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_takes_names_from_the_environment_in_every_text_but_addresses(written, monkeypatch):
    monkeypatch.setenv("EXPORT_FOLDER", "/mnt/exports")
    path = written(
        "root: ${EXPORT_FOLDER}/2026\nkeep_text: ['${EXPORT_FOLDER}']\nurl: x://${EXPORT_FOLDER}\n"
    )
    assert read_yaml(path) == {
        "root": "/mnt/exports/2026",
        "keep_text": ["/mnt/exports"],
        "url": "x://${EXPORT_FOLDER}",
    }


def test_names_what_the_environment_lacks(written, monkeypatch):
    monkeypatch.delenv("EXPORT_FOLDER", raising=False)
    with pytest.raises(DataError, match=r"dataset.yaml uses .*the environment has no EXPORT_FOLDER"):
        read_yaml(written("root: ${EXPORT_FOLDER}"))
    with pytest.raises(DataError, match="^Source 'crm' uses .*the environment has no EXPORT_FOLDER"):
        with_environment("${EXPORT_FOLDER}", "Source 'crm'")


@pytest.mark.parametrize("url", ["postgresql://u:secret@h/d", "postgresql://u@h/d?password=secret"])
def test_a_password_in_the_file_is_refused_and_not_repeated(written, url):
    with pytest.raises(DataError, match="url of source 'crm' holds a password") as refused:
        read_yaml(written(f"sources: {{crm: {{url: '{url}'}}}}"))
    assert "secret" not in str(refused.value)


LAUGHS = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 9))
CHAIN = "".join(f"c{n}: &c{n} [*c{n - 1}]\n" for n in range(1, 3_000))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("keep_text: &a [*a]", r"Key 'keep_text' holds itself \(\*a\)"),
        ("definitions: &d\n  usage: *d\n", r"Key 'definitions.usage' holds itself"),
        (f"root: {'[' * 5_000}{']' * 5_000}", r"Key 'root' is nested more than 20 deep"),
        (f"l0: &l0 [x]\n{LAUGHS}", r"Key 'l\d' stands for more values than 100,000"),
        (f"c0: &c0 [x]\n{CHAIN}", r"Key 'c\d+' stands for .* nests them more than 20 deep"),
        ("as_of: 2026-06\nname: b\n", r"line 3: Key 'name' is given twice; it is on line 1 too"),
        ("sources: {crm: {file: a, file: b}}", r"line 2: Key 'sources.crm.file' is given twice; .*line 2"),
        ("as_of: 2026-13-45\n", r"holds a number or date that cannot be: month must be in 1..12"),
    ],
)
def test_refuses_a_form_that_yaml_allows_and_no_description_has(tmp_path, content, message):
    path = tmp_path / "dataset.yaml"
    path.write_text(f"name: tiny\n{content}", encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_yaml(path)


def test_the_same_key_in_two_places_and_an_anchor_used_again_are_no_mistake(tmp_path):
    path = tmp_path / "dataset.yaml"
    path.write_text("name: a\nsources: {a: &s {file: a.csv}, b: {<<: *s, sheet: x}, c: *s}\n")
    assert [source["file"] for source in read_yaml(path)["sources"].values()] == ["a.csv"] * 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name: [", "is not valid YAML"),
        (b"- name", "must hold keys such as name, sources; found list"),
        ("name: Büro".encode("cp1252"), "is not UTF-8"),
    ],
)
def test_refuses_a_file_that_is_no_yaml(tmp_path, content, message):
    path = tmp_path / "dataset.yaml"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_yaml(path)
