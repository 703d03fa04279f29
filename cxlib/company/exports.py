"""Exports as companies have them: each system in its own form, month by month, with its dirt.

A customer list in German conventions (``;``, Windows-1252, decimal comma, dd.mm.yyyy), a help
desk's tickets, a survey tool's answers under three header rows with its list of invitations, and
Parquet for contacts and invoices. Only one month is held at a time.
"""

import io
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from cxlib.company import dirt
from cxlib.company.billing import billed, fixed_costs
from cxlib.company.calendar import DAY, MINUTE, first_stamp
from cxlib.company.contacts import CANCELLING, FAILED, Contacts, Tickets, contacts, tickets
from cxlib.company.people import before_purchase, numbers, people
from cxlib.company.simulated import Company, Stream
from cxlib.company.surveys import relational, transactional
from cxlib.company.touchpoints import BEFORE, SERVICE

__all__ = ["write_exports"]

DAYS_TO_EXPORT = 3
"""The exports were drawn on the third day after the last month."""
SEGMENTS = ("Privatkunde", "Geschäftskunde")
REGIONS = ("Nord", "Süd", "Ost", "West")
PLANS = ("Basis", "Komfort", "Premium")
ORIGINS = ("Online", "Vergleichsportal", "Vertrieb", "Empfehlung", "Messe")
CHANNELS = ("E-Mail", "Telefon", "App", "Post")
END_KINDS = (None, "durch Kunde", "ohne Zutun des Kunden")
REASONS = ("Preis", "Service", "Bedarf entfallen", "Wettbewerber", "keine Angabe")
UNPLANNED = ("Umzug", "Todesfall", "Zahlung nicht möglich")
PLACES = tuple(service.touchpoint for service in SERVICE)


def write_exports(company: Company, folder: Path) -> None:
    """Write all exports of the company into a folder that exists."""
    _write_customers(company, folder / "crm.csv")
    _write_parquet(folder / "web.parquet", [_web(company)])
    _write_ledger(company, folder / "fixed_costs.csv")
    with ExitStack() as stack:
        files = _Files(folder, stack)
        for month in range(company.life.first, company.life.last + 1):
            _write_month(company, month, files)


def _write_month(company: Company, month: int, files: "_Files") -> None:
    year = (month - 1) // 12
    made = contacts(company, month)
    cases = tickets(company, made)
    random = company.rng(Stream.DIRT, month)
    files.parquet(f"events-{year}.parquet", _events(company, made, random))
    files.csv(f"helpdesk-tickets-{year}.csv", _helpdesk(company, cases, random))
    asked, answers = _survey(company, month, made, random)
    files.csv(f"survey-invitations-{year}.csv", asked, delimiter=";")
    files.csv("survey-answers.csv", answers, header=ANSWERS_HEADER)
    files.parquet("invoicing.parquet", _invoices(company, month, random))


class _Files:
    """Open files of the run, each written month after month."""

    def __init__(self, folder: Path, stack: ExitStack):
        self._folder, self._stack, self._open = folder, stack, {}

    def parquet(self, name: str, table: pa.Table) -> None:
        """Append a row group."""
        if name not in self._open:
            writer = pq.ParquetWriter(self._folder / name, table.schema, compression="zstd")
            self._open[name] = self._stack.enter_context(writer)
        self._open[name].write_table(table)

    def csv(self, name: str, table: pa.Table, *, delimiter: str = ",", header: str = "") -> None:
        """Append rows; a file begins with the given header rows or else with the column names."""
        if name not in self._open:
            target = self._stack.enter_context((self._folder / name).open("wb"))
            target.write(header.encode())
            options = pa_csv.WriteOptions(
                include_header=not header, delimiter=delimiter, quoting_style="none"
            )
            writer = pa_csv.CSVWriter(target, table.schema, write_options=options)
            self._open[name] = self._stack.enter_context(writer)
        self._open[name].write_table(table)


def _write_parquet(path: Path, tables: list[pa.Table]) -> None:
    with pq.ParquetWriter(path, tables[0].schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)


def _words(codes: np.ndarray, names: tuple[str | None, ...]) -> pa.DictionaryArray:
    """Return codes as words, kept as a dictionary; a code without a name is null.

    Each word is there once: the dictionary of a Parquet file must not repeat itself.
    """
    words = sorted({name for name in names if name is not None})
    number = np.array([-1 if name is None else words.index(name) for name in names], np.int8)[codes]
    return pa.DictionaryArray.from_arrays(pa.array(number, mask=number < 0), pa.array(words, pa.string()))


def _texts(codes: np.ndarray, names: tuple[str | None, ...]) -> pa.Array:
    """Return codes as words, written out."""
    return pa.array(names, pa.string()).take(pa.array(codes.astype(np.int8)))


def _stamps(stamp: np.ndarray, known: np.ndarray | None = None) -> pa.Array:
    """Return microseconds as local times, null where not known."""
    return pa.array(stamp, pa.timestamp("us"), mask=None if known is None else ~known)


def _written(stamp: np.ndarray, known: np.ndarray | None = None, form: str = "%Y-%m-%d %H:%M:%S") -> pa.Array:
    """Return times as text; whole seconds are written without a fraction."""
    return pc.strftime(_stamps(stamp, known).cast(pa.timestamp("s"), safe=False), format=form)


def _day_text(day: np.ndarray) -> pa.Array:
    """Return days as dd.mm.yyyy, null where there is none."""
    return pc.strftime(pa.array(day).cast(pa.timestamp("s")), format="%d.%m.%Y")


# --- the customer list -------------------------------------------------------------------------


def _write_customers(company: Company, path: Path) -> None:
    rows = _customers(company)
    with path.open("wb") as target:
        for number, part in enumerate(_slices(rows, 100_000)):
            text = io.BytesIO()
            options = pa_csv.WriteOptions(include_header=number == 0, delimiter=";", quoting_style="none")
            pa_csv.write_csv(part, text, options)
            target.write(text.getvalue().decode("utf-8").encode("cp1252"))


def _slices(table: pa.Table, rows: int) -> Iterator[pa.Table]:
    for start in range(0, table.num_rows, rows):
        yield table.slice(start, rows)


def _customers(company: Company) -> pa.Table:
    who, life = people(company), company.life
    random = company.rng(Stream.DIRT)
    total, n = len(who.segment), len(life)
    kind = np.concatenate([life.kind, np.zeros(total - n, np.uint8)])
    reason = np.where(kind == 1, random.integers(0, 5, total), 5 + random.integers(0, 3, total))
    table = pa.table(
        {
            "Kundennummer": pa.array(numbers(np.arange(total))),
            "Erstkontakt": _day_text(who.first_contact),
            "Vertragsbeginn": _day_text(who.start),
            "Kündigungsdatum": _day_text(who.end),
            "Kündigungsart": _texts(kind, END_KINDS),
            "Kündigungsgrund": _texts(np.where(kind == 0, 8, reason), (*REASONS, *UNPLANNED, None)),
            "Kundengruppe": _texts(who.segment, SEGMENTS),
            "Region": _texts(who.region, REGIONS),
            "Tarif": _texts(who.plan, PLANS),
            "Herkunft": _texts(who.origin, ORIGINS),
            "Werbekosten": pc.replace_substring(pa.array(who.cost).cast(pa.string()), ".", ","),
            "Wunschkanal": _texts(who.channel, CHANNELS),
        }
    )
    return table if company.parameters.dirt == "none" else dirt.customers(table, n, random)


# --- contacts ----------------------------------------------------------------------------------


def _web(company: Company) -> pa.Table:
    seen = before_purchase(company)
    places = (*BEFORE, "checkout", "order_confirmation")
    outbound = np.isin(np.array(places), ("online_ad", "newsletter", "order_confirmation"))
    return pa.table(
        {
            "visit_id": pa.array(9_000_000_001 + np.arange(len(seen["stamp"]))),
            "account": pa.array(numbers(seen["customer"])),
            "visited_at": _stamps(seen["stamp"]),
            "place": _words(seen["place"], places),
            "channel": _words(np.zeros(len(seen["stamp"]), np.int8), ("web",)),
            "direction": _words(outbound[seen["place"]].astype(int), ("inbound", "outbound")),
        }
    )


def _events(company: Company, made: Contacts, random: np.random.Generator) -> pa.Table:
    n = len(made.stamp)
    place = made.place
    waits = np.array([service.handled_by in ("human", "bot_then_human") for service in SERVICE])[place]
    minutes = np.array([service.minutes for service in SERVICE])[place]
    bad = (made.kind == FAILED) | (made.kind == CANCELLING)
    wait = np.minimum(random.exponential(90, n) * np.where(bad, 4, 1), 3000).astype(np.int32)
    length = (minutes * random.gamma(2.0, 30.0, n)).astype(np.int32) + 1
    direction = np.array([service.direction == "outbound" for service in SERVICE], dtype=np.int8)
    recorded = made.stamp + random.integers(1, 60, n) * MINUTE
    table = pa.table(
        {
            "event_id": pa.array(made.month * 100_000_000 + np.arange(n)),
            "account": pa.array(numbers(made.customer)),
            "occurred_at": _stamps(made.stamp),
            "touchpoint": _words(place, PLACES),
            "case_id": pa.array(made.case, mask=made.case == 0),
            "channel": _words(place, tuple(service.channel for service in SERVICE)),
            "direction": _words(direction[place], ("inbound", "outbound")),
            "initiative": _words(direction[place], ("reactive", "proactive")),
            "handled_by": _words(place, tuple(service.handled_by for service in SERVICE)),
            "wait_seconds": pa.array(wait, mask=~waits),
            "duration_seconds": pa.array(length, mask=minutes == 0),
            "outcome": _words(_outcome(made), ("resolved", "unresolved", "abandoned", None, "n/a")),
            "recorded_at": _stamps(recorded),
        }
    )
    if company.parameters.dirt == "none":
        return table
    return dirt.events(table, random, until=first_stamp(company.life.last + 1) + DAYS_TO_EXPORT * DAY)


def _outcome(made: Contacts) -> np.ndarray:
    """Return 0 resolved, 1 unresolved, 2 abandoned, 3 not recorded."""
    goes_out = np.array([service.direction == "outbound" for service in SERVICE])[made.place]
    failure = np.array([(None, "unresolved", "abandoned").index(s.failure) for s in SERVICE])[made.place]
    outcome = np.where(goes_out, 3, 0)
    outcome = np.where(made.kind == FAILED, failure, outcome)
    return np.where(made.kind == CANCELLING, 1, outcome)


def _helpdesk(company: Company, cases: Tickets, random: np.random.Generator) -> pa.Table:
    until = first_stamp(company.life.last + 1) + DAYS_TO_EXPORT * DAY
    replied = cases.opened + cases.first_reply * MINUTE <= until
    solved_at = cases.opened + cases.solved_after * MINUTE
    solved = solved_at <= until
    n = len(cases.case)
    complaint = (np.array(PLACES) == "complaint")[cases.place].astype(int)
    table = pa.table(
        {
            "Id": pa.array(cases.case),
            "Requester external id": pa.array(numbers(cases.customer)),
            "Status": _texts(solved.astype(int), ("Open", "Solved")),
            "Priority": _texts(random.choice(3, n, p=(0.3, 0.6, 0.1)), ("Low", "Normal", "High")),
            "Via": _texts(np.zeros(n), ("Mail",)),
            "Ticket form [list]": _texts(complaint, ("E-mail", "Complaint")),
            "Reason [list]": _texts(
                random.integers(0, 4, n), ("billing", "delivery", "contract", "technical")
            ),
            "Created at": _written(cases.opened),
            "Solved at": _written(solved_at, solved),
            "Satisfaction Score": _texts(np.where(solved, cases.rating, 3), ("Offered", "Bad", "Good", None)),
            "Reopens": pa.array(cases.reopened),
            "First reply time in minutes": pa.array(cases.first_reply, mask=~replied),
            "Full resolution time in minutes": pa.array(cases.solved_after, mask=~solved),
        }
    )
    return table if company.parameters.dirt == "none" else dirt.helpdesk(table, random)


# --- surveys -----------------------------------------------------------------------------------

_ANSWER_COLUMNS = {
    "StartDate": "Anfangsdatum",
    "EndDate": "Enddatum",
    "Status": "Antworttyp",
    "Progress": "Fortschritt",
    "Duration (in seconds)": "Dauer (in Sekunden)",
    "Finished": "Beendet",
    "RecordedDate": "Aufzeichnungsdatum",
    "ResponseId": "Antwort-ID",
    "ExternalReference": "Externe Datenreferenz",
    "DistributionChannel": "Verteilungskanal",
    "UserLanguage": "Benutzersprache",
    "InvitationId": "InvitationId",
    "Q1": "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?",
    "Q2": "Wie zufrieden waren Sie mit diesem Kontakt?",
    "Q3": "Wie leicht war es, Ihr Anliegen zu klären?",
}
ANSWERS_HEADER = "\n".join(
    (
        ",".join(_ANSWER_COLUMNS),
        ",".join(f'"{label}"' for label in _ANSWER_COLUMNS.values()),
        ",".join('"{""ImportId"":""' + column + '""}"' for column in _ANSWER_COLUMNS),
        "",
    )
)


def _survey(
    company: Company, month: int, made: Contacts, random: np.random.Generator
) -> tuple[pa.Table, pa.Table]:
    """Return invitations and answers of a month, both surveys."""
    wave, rated = relational(company, month), transactional(company, made)
    support = np.array([service.support for service in SERVICE])[rated.place]
    n, m = len(wave.customer), len(rated.customer)
    number = month * 10_000_000 + np.concatenate([np.arange(n), 5_000_000 + np.arange(m)])
    customer = numbers(np.concatenate([wave.customer, rated.customer]))
    invited = np.concatenate([wave.invited, rated.invited])
    answered = np.concatenate([wave.answered, rated.answered])
    scores = np.zeros((3, n + m), np.int64)
    scores[0, :n], scores[1, n:], scores[2, n:] = wave.score, rated.satisfaction, rated.ease
    asks = np.zeros((3, n + m), bool)
    asks[0, :n], asks[1, n:], asks[2, n:] = True, True, support
    kind = np.concatenate([np.zeros(n), 1 + support])
    place = np.concatenate([np.full(n, len(PLACES)), rated.place])
    asked = pa.table(
        {
            "Einladung": pa.array(number),
            "Kundennummer": pa.array(customer),
            "Versandt am": _written(invited, form="%d.%m.%Y %H:%M:%S"),
            "Befragung": _texts(kind, ("Beziehung", "Kontakt", "Support")),
            "Kontaktpunkt": _texts(place, (*PLACES, None)),
        }
    )
    order = np.flatnonzero(answered)
    order = order[np.argsort(answered[order], kind="stable")]
    answers = _answers(
        number[order], customer[order], answered[order], scores[:, order], asks[:, order], random
    )
    return asked, answers if company.parameters.dirt == "none" else dirt.answers(answers, random)


def _answers(
    number: np.ndarray,
    customer: np.ndarray,
    answered: np.ndarray,
    scores: np.ndarray,
    asks: np.ndarray,
    random: np.random.Generator,
) -> pa.Table:
    """Return answers under the first header row's names; scores and asks have one row per question."""
    n = len(number)
    seconds = random.integers(20, 300, n)
    begun = np.maximum(answered - seconds * 1_000_000, 0)
    columns = {
        "StartDate": _written(begun),
        "EndDate": _written(answered),
        "Status": _texts(np.zeros(n), ("0",)),
        "Progress": _texts(np.zeros(n), ("100",)),
        "Duration (in seconds)": pa.array(seconds).cast(pa.string()),
        "Finished": _texts(np.zeros(n), ("1",)),
        "RecordedDate": _written(answered + 1_000_000),
        "ResponseId": pc.binary_join_element_wise("R_", pa.array(number).cast(pa.string()), ""),
        "ExternalReference": pa.array(customer).cast(pa.string()),
        "DistributionChannel": _texts(np.zeros(n), ("email",)),
        "UserLanguage": _texts(np.zeros(n), ("DE",)),
        "InvitationId": pa.array(number).cast(pa.string()),
    }
    for question in range(3):
        column = pa.array(scores[question], mask=~asks[question])
        columns[f"Q{question + 1}"] = column.cast(pa.string())
    return pa.table(columns)


# --- money -------------------------------------------------------------------------------------


def _invoices(company: Company, month: int, random: np.random.Generator) -> pa.Table:
    bill = billed(company, month)
    n = len(bill["customer"])
    first = np.datetime64(month - 1 - 12 * 1970, "M").astype("datetime64[D]")
    table = pa.table(
        {
            "account": pa.array(numbers(bill["customer"])),
            "month": pa.array(np.full(n, first)),
            **{name: pa.array(bill[name]) for name in ("units", "revenue", "direct_cost", "service_cost")},
        }
    )
    return table if company.parameters.dirt == "none" else dirt.invoices(table, random)


def _write_ledger(company: Company, path: Path) -> None:
    lines = ["Monat;Betrag"]
    for month, amount in zip(
        range(company.life.first, company.life.last + 1), fixed_costs(company), strict=True
    ):
        german = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
        lines.append(f"{(month - 1) % 12 + 1:02d}.{(month - 1) // 12};{german}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
