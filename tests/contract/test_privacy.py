import json

import pytest

import cxlib as cx
from cxlib.contract.privacy import discreet, form, is_personal, masked
from cxlib.errors import DataError
from cxlib.report.edition import make_edition

ROWS = 60
PERSONS = {
    "Kontakt": [f"Erika Mustermann-{chr(65 + n % 26)}{n}" for n in range(ROWS)],
    "login": [f"person{n}@example.org" for n in range(ROWS)],
    "Durchwahl": [f"+49 30 5551{n:03d}" for n in range(ROWS)],
    "host": [f"203.0.113.{n + 1}" for n in range(ROWS)],
    "remark": [f"Called on day {n}, was furious with us" for n in range(ROWS)],
    "E-Mail": [f"second{n}@example.net" for n in range(ROWS)],
    "Nachname": [f"Secretname{n % 3}" for n in range(ROWS)],
    "house": [("north", "south")[n % 2] for n in range(ROWS)],
    "visits": [f"{n}.5" for n in range(ROWS)],
    "since": [f"{1 + n % 28:02d}.02.2026" for n in range(ROWS)],
}
TRACES = (
    "Mustermann",
    "example.org",
    "5551",
    "203.0.113",
    "furious",
    "example.net",
    "Secretname",
    "quite odd",
)


@pytest.fixture
def place(folder):
    """A company whose exports name people everywhere, and whose SELECTs pass all of it on."""
    crm = [",".join(["customer_id", "start_date", "segment", *PERSONS])]
    answers = ["response_id,customer_id,answered_at,instrument,score,channel,comment"]
    tickets = ["ticket_id,customer_id,opened_at,reason"]
    for n in range(ROWS):
        fields = [f"K{n}", "2026-01-05", "private", *(f'"{values[n]}"' for values in PERSONS.values())]
        crm.append(",".join(fields))
        day = f"2026-{2 + n % 3:02d}-{1 + n % 27:02d}"
        answers.append(f"R{n},K{n},{day},nps,{n % 11},person{n}@example.org,This was quite odd {n}")
        tickets.append(f'T{n},K{n},{day} 10:00,"I am furious with order {n}, really"')
    broken = "X1,K1,2026-02-30,Erika Mustermann,Erika Mustermann"
    exports = {
        "crm.csv": "\n".join(crm),
        "answers.csv": "\n".join(answers),
        "tickets_raw.csv": "\n".join([*tickets, "T999,K1,Erika Mustermann called 203.0.113.7,x", broken]),
    }
    sql = {
        "customers": "SELECT * FROM crm",
        "surveys": "SELECT * FROM answers",
        "tickets": "SELECT * FROM tickets_raw",
    }
    return folder(exports, sql, definitions={"controls": ["segment"]})


def test_extra_columns_that_name_people_are_dropped(place):
    data = cx.open_dataset(place)
    customers = data.table("customers")
    assert {"house", "visits", "since"} <= set(customers) and not set(PERSONS) & (
        set(customers) - {"house", "visits", "since"}
    )
    assert data.table("surveys")["channel"].isna().all() and data.table("surveys")["comment"].isna().all()
    assert data.table("tickets")["reason"].isna().all()
    left_out = (
        "Columns of survey answers and invitations that name or quote people were left out: comment and"
    )
    assert any(warning.sentence.text("en").startswith(left_out) for warning in cx.findings(data))
    assert set(data.imported["tables"]["customers"]["personal"]) == set(PERSONS) - {
        "house",
        "visits",
        "since",
    }


def test_columns_that_are_asked_for_are_kept(place):
    described = (place / "dataset.yaml").read_text() + "keep_text: [login, remark, comment, reason]\n"
    (place / "dataset.yaml").write_text(described)
    data = cx.open_dataset(place)
    assert data.table("customers")["login"].str.endswith("@example.org").all()
    assert data.table("customers")["remark"].str.contains("furious").all()
    assert data.table("surveys")["comment"].str.contains("odd").all()
    assert data.table("tickets")["reason"].str.contains("furious").all()


def test_no_output_names_a_person(place, tmp_path, capfd):
    make_edition(str(place), languages=("de", "en"), reports=tmp_path / "reports", chapters=["02", "03"])
    data = cx.open_dataset(place)
    told = [warning.sentence.text(language) for warning in cx.findings(data) for language in ("de", "en")]
    told += [json.dumps(data.imported, ensure_ascii=False), *capfd.readouterr()]
    written = [path for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    assert any(path.suffix == ".html" for path in written)
    told += [path.read_bytes().decode("utf-8", "replace") for path in written]
    for trace in TRACES:
        assert not [text[:80] for text in told if trace in text], trace


@pytest.mark.parametrize(
    "column",
    [
        "Name",
        "first_name",
        "Kundenname",
        "Contact Name",
        "E-Mail",
        "email_address",
        "Telefonnummer",
        "IPAddress",
    ]
    + [
        "phone 2",
        "Straße",
        "Geburtsdatum",
        "Ansprechpartner",
        "Freitext",
        "subject",
        "RecipientLastName"[9:],
    ],
)
def test_names_of_personal_columns(column):
    assert is_personal(column)


@pytest.mark.parametrize(
    "column", ["plan", "filename_count", "tariff", "equipment", "mailing", "ship", "tip", "unnamed"]
)
def test_names_of_other_columns(column):
    assert not is_personal(column)


def test_errors_show_the_form_of_what_may_be_personal():
    assert discreet("a.b@example.org") == "x.x@xxxxxxx.xxx"
    assert discreet("+49 30 1234567") == "+99 99 9999999"
    assert discreet("he was not nice to me") == form("he was not nice to me") == "xx xxx xxx xxxx xx xx"
    assert (discreet("voluntry"), discreet("2026-02-30"), discreet("1.2.2026"), discreet(None)) == (
        "voluntry",
        "2026-02-30",
        "1.2.2026",
        None,
    )


@pytest.mark.parametrize(
    "value",
    ["CAST(n AS INTEGER)", "strptime(n, '%d.%m.%Y')::VARCHAR", "CAST(n AS DATE)::VARCHAR", "error(n)"],
)
def test_an_error_of_the_engine_quotes_nobody(folder, value):
    sql = f"SELECT {value} AS customer_id FROM crm"
    place = folder({"crm.csv": "n\nmax.muster@example.org\n"}, {"customers": sql}, as_of="2026-06")
    with pytest.raises(DataError, match=r"xxx\.xxxxxx@xxxxxxx\.xxx") as raised:
        cx.open_dataset(place)
    assert "muster" not in str(raised.value)


def test_what_the_engine_quotes_is_reduced_to_its_form():
    said = """Could not parse string "Max Mustermann 0170 1234567" according to format specifier"""
    assert "xxx xxxxxxxxxx 9999 9999999" in masked(said).lower().replace("X", "x")
    assert masked('column "segment" not found') == 'column "segment" not found'
