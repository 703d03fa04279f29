"""The contract: every canonical table, its columns, units, codings and ranges, and its clock.

Nothing else in the kit repeats it: the import casts and checks by it, the month's cut-off follows
it, and the tables of data/README.md are written from it.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from cxlib.contract.table import Column, Later, Rule, Table
from cxlib.language import say

__all__ = ["RECORDED_AT", "TABLES", "default_touchpoints"]


RECORDED_AT = Column(
    "recorded_at",
    "time",
    "When the row was written; later than the month's end by more than late_days: left out.",
)
_CUSTOMER = Column("customer_id", "text", "The customer, as in customers.")
_CUSTOMER_REQUIRED = Column("customer_id", "text", "The customer, as in customers.", required=True)
_TOUCHPOINT = Column("touchpoint", "text", "Where it happened; a name of touchpoints.")
_MONEY = "currency"

CUSTOMERS = Table(
    "customers",
    say("customers"),
    "a person or account, also before the first purchase",
    (
        Column("customer_id", "text", "Name of the customer in all tables; shown nowhere.", required=True),
        Column("first_contact_date", "day", "First known contact."),
        Column("start_date", "day", "Start of the contract; missing: a prospect."),
        Column("end_date", "day", "Day of notice where known, else the end; missing: still a customer."),
        Column(
            "end_type",
            "text",
            "Who ended it.",
            values=("voluntary", "involuntary", "unknown"),
        ),
        Column("end_reason", "text", "Reason given."),
        Column("segment", "text", "Group of customers, as exported."),
        Column("region", "text", "Region, as exported."),
        Column("plan", "text", "Product or tariff, as exported."),
        Column("acquisition_channel", "text", "How the customer was won."),
        Column("acquisition_cost", "decimal", "What it cost to win the customer.", low=0, unit=_MONEY),
        Column("preferred_channel", "text", "Channel the customer prefers."),
        Column("referred_by", "text", "Customer who recommended the company."),
    ),
    key=("customer_id",),
    clock=("first_contact_date", "start_date"),
    later=(Later("start_date", ("start_no",)), Later("end_date", ("end_no", "end_type", "end_reason"))),
    numbers=("first_contact_date", "start_date", "end_date"),
    rules=(
        Rule("end_date", "end_date < start_date", say("ends before it starts")),
        Rule("end_date", "end_date IS NOT NULL AND start_date IS NULL", say("ends without a start")),
        Rule(
            "end_type",
            "end_type IS NOT NULL AND end_date IS NULL",
            say("has an end type and no end"),
        ),
    ),
    extra=True,
)

INTERACTIONS = Table(
    "interactions",
    say("contacts"),
    "one contact at a touchpoint",
    (
        Column("interaction_id", "text", "Name of the contact.", required=True),
        _CUSTOMER_REQUIRED,
        Column("occurred_at", "time", "When it began.", required=True),
        Column("touchpoint", "text", "Where it happened; a name of touchpoints.", required=True),
        Column("case_id", "text", "Ticket or case it belongs to."),
        Column("channel", "text", "Channel of the contact."),
        Column("direction", "text", "Who called whom.", values=("inbound", "outbound")),
        Column("initiative", "text", "Asked for, or offered.", values=("reactive", "proactive")),
        Column(
            "handled_by",
            "text",
            "Who answered.",
            values=("human", "bot", "bot_then_human", "self_service"),
        ),
        Column("wait_seconds", "decimal", "Time until somebody answered.", low=0, unit="seconds"),
        Column("duration_seconds", "decimal", "Length of the contact.", low=0, unit="seconds"),
        Column("outcome", "text", "How it ended.", values=("resolved", "unresolved", "abandoned")),
        Column(
            "personalised",
            "text",
            "Whether the content was personal; holdout: deliberately not.",
            values=("true", "false", "holdout"),
        ),
        Column("rating", "decimal", "Rating given right away."),
    ),
    key=("interaction_id",),
    clock=("occurred_at",),
)

SURVEYS = Table(
    "surveys",
    say("survey answers and invitations"),
    "one answer, or one invitation without answer",
    (
        Column("response_id", "text", "Name of the answer or invitation.", required=True),
        _CUSTOMER,
        Column("invited_at", "time", "When the question was sent."),
        Column("answered_at", "time", "When it was answered; missing: no answer."),
        Column(
            "instrument",
            "text",
            "What was asked.",
            required=True,
            values=("nps", "csat", "ces", "item", "review"),
        ),
        Column("score", "decimal", "The answer, inside its scale.", unit="points of the scale"),
        Column(
            "scale_low",
            "decimal",
            "Lowest point of the scale; default 0 for nps, else 1.",
            default="CASE instrument WHEN 'nps' THEN 0 ELSE 1 END",
        ),
        Column(
            "scale_high",
            "decimal",
            "Highest point; default 10 for nps, 7 for ces, else 5.",
            default="CASE instrument WHEN 'nps' THEN 10 WHEN 'ces' THEN 7 ELSE 5 END",
        ),
        Column("high_is_good", "yes_no", "Direction of the scale; default true.", default="TRUE"),
        _TOUCHPOINT,
        Column(
            "survey_kind",
            "text",
            "About the whole relation, or about one contact.",
            values=("relational", "transactional"),
        ),
        Column("channel", "text", "How the question was sent."),
        Column("weight", "decimal", "Design weight of the sample.", low=0),
        Column("comment", "text", "Free text.", personal=True),
        Column("response_group", "text", "Answers of one questionnaire share it."),
    ),
    key=("response_id",),
    clock=("invited_at", "answered_at"),
    later=(Later("answered_at", ("answered_no", "score", "comment")),),
    numbers=("answered_at",),
    rules=(
        Rule(
            "answered_at",
            "invited_at IS NULL AND answered_at IS NULL",
            say("has no date, and no invitation has one"),
        ),
        Rule("answered_at", "answered_at < invited_at", say("was answered before it was sent")),
        Rule(
            "score",
            "score < scale_low OR score > scale_high",
            say("is off its scale"),
        ),
        Rule(
            "answered_at",
            "score IS NOT NULL AND answered_at IS NULL",
            say("is missing although there is a score"),
        ),
    ),
    extra=True,
)

TICKETS = Table(
    "tickets",
    say("support tickets"),
    "one case with the support desk",
    (
        Column("ticket_id", "text", "Name of the case.", required=True),
        _CUSTOMER,
        Column("opened_at", "time", "When it was opened.", required=True),
        Column("first_response_at", "time", "First answer by the desk."),
        Column("resolved_at", "time", "When it was solved; missing: open."),
        Column("reason", "text", "What it was about."),
        Column("channel", "text", "How it came in."),
        Column("priority", "text", "Priority, as exported."),
        Column("reopened_count", "whole", "How often it was opened again.", low=0, unit="times"),
        Column("satisfaction", "text", "Rating of the case, as exported."),
    ),
    key=("ticket_id",),
    clock=("opened_at",),
    later=(Later("first_response_at"), Later("resolved_at", ("satisfaction",))),
    rules=(
        Rule("first_response_at", "first_response_at < opened_at", say("lies before the opening")),
        Rule("resolved_at", "resolved_at < opened_at", say("lies before the opening")),
    ),
)

WISHES = Table(
    "wishes",
    say("wishes"),
    "one wish of one customer",
    (
        Column("wish_id", "text", "Name of the wish.", required=True),
        _CUSTOMER,
        Column("stated_at", "time", "When it was said.", required=True),
        Column("topic", "text", "What is wished for.", required=True),
        Column("importance", "decimal", "How much it matters to the customer."),
        Column("status", "text", "Where it stands."),
        Column("shipped_at", "time", "When it was fulfilled."),
    ),
    key=("wish_id",),
    clock=("stated_at",),
    later=(Later("shipped_at", ("status",)),),
)

MYSTERY_VISITS = Table(
    "mystery_visits",
    say("mystery visits"),
    "one criterion scored on one visit",
    (
        Column("visit_id", "text", "Name of the visit.", required=True),
        Column("visited_at", "time", "When it took place.", required=True),
        Column("site", "text", "Where.", required=True),
        _TOUCHPOINT,
        Column("scenario", "text", "What the shopper played."),
        Column("shopper", "text", "Who visited, without a name.", required=True),
        Column("criterion", "text", "What was scored.", required=True),
        Column("score", "decimal", "Points given.", required=True, low=0),
        Column("max_score", "decimal", "Most points possible.", required=True, low=0),
        Column("weight", "decimal", "Weight of the criterion.", low=0),
    ),
    key=("visit_id", "criterion"),
    clock=("visited_at",),
    rules=(Rule("score", "score > max_score", say("is above the most possible")),),
)

PURCHASES = Table(
    "purchases",
    say("purchases"),
    "one order or return, where there is no contract",
    (
        Column("purchase_id", "text", "Name of the order.", required=True),
        _CUSTOMER_REQUIRED,
        Column("occurred_at", "time", "When it was ordered.", required=True),
        Column("amount", "decimal", "Amount; returns as exported.", required=True, unit=_MONEY),
        Column("is_return", "yes_no", "Whether goods came back."),
    ),
    key=("purchase_id",),
    clock=("occurred_at",),
)

BILLING = Table(
    "billing",
    say("billing"),
    "one customer in one month",
    (
        _CUSTOMER_REQUIRED,
        Column("month", "month", "The month.", required=True),
        Column("revenue", "decimal", "Revenue of the month.", required=True, unit=_MONEY),
        Column("direct_cost", "decimal", "Cost of delivering the product.", unit=_MONEY),
        Column("service_cost", "decimal", "Cost of serving the customer.", unit=_MONEY),
        Column("units", "decimal", "Use in the month.", low=0, unit="units of use"),
    ),
    key=("customer_id", "month"),
    clock=("month",),
    by_customer=True,
)

SNAPSHOT = Table(
    "snapshot",
    say("customers of the snapshot"),
    "one customer, once: only a flat table exists",
    (
        _CUSTOMER,
        Column("churned", "yes_no", "Whether the customer has left.", required=True),
        Column("tenure_months", "decimal", "Months as a customer so far.", low=0, unit="months"),
        Column("negative_count", "whole", "Negative experiences so far.", low=0, unit="experiences"),
        Column("value", "decimal", "Worth of the customer, as exported.", unit=_MONEY),
    ),
    extra=True,
)

NEGATIVE_EXPERIENCES = Table(
    "negative_experiences",
    say("negative experiences"),
    "one negative experience, by the definition in its SQL file",
    (
        _CUSTOMER_REQUIRED,
        Column("occurred_at", "time", "When it became one.", required=True),
        _TOUCHPOINT,
        Column(
            "source",
            "text",
            "How it is known.",
            required=True,
            values=("rating", "complaint", "failure", "rule"),
        ),
    ),
    clock=("occurred_at",),
    by_customer=True,
)

TOUCHPOINTS = Table(
    "touchpoints",
    say("touchpoints"),
    "one touchpoint (30 are there by default)",
    (
        Column("touchpoint", "text", "Name used in the other tables.", required=True),
        Column(
            "phase",
            "text",
            "Phase of the journey.",
            required=True,
            values=("awareness", "consideration", "conversion", "retention", "advocacy"),
        ),
        Column("medium", "text", "How it reaches the customer."),
        Column("moment", "text", "Before, at or after the purchase.", values=("before", "purchase", "after")),
        Column("label_de", "text", "Name for German readers."),
        Column("label_en", "text", "Name for English readers."),
        Column("owner", "text", "Who is responsible."),
    ),
    key=("touchpoint",),
)

ACTIONS = Table(
    "actions",
    say("actions"),
    "something the company changed",
    (
        Column("action_id", "text", "Name of the action.", required=True),
        Column("started_on", "day", "First day.", required=True),
        _TOUCHPOINT,
        Column("description", "text", "What was changed."),
        Column("cost", "decimal", "What it cost.", low=0, unit=_MONEY),
    ),
    key=("action_id",),
    clock=("started_on",),
)

FIXED_COSTS = Table(
    "fixed_costs",
    say("fixed costs"),
    "one month of the company",
    (
        Column("month", "month", "The month.", required=True),
        Column("amount", "decimal", "Cost that does not depend on customers.", required=True, unit=_MONEY),
    ),
    key=("month",),
    clock=("month",),
    whole_company=True,
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        CUSTOMERS,
        INTERACTIONS,
        SURVEYS,
        TICKETS,
        WISHES,
        MYSTERY_VISITS,
        PURCHASES,
        BILLING,
        SNAPSHOT,
        NEGATIVE_EXPERIENCES,
        TOUCHPOINTS,
        ACTIONS,
        FIXED_COSTS,
    )
}


def default_touchpoints() -> Path:
    """Return the CSV file of the touchpoints that are there when a dataset has no list of its own."""
    return Path(str(resources.files("cxlib.contract").joinpath("touchpoints.csv")))
