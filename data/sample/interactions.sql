-- One row is one contact at a touchpoint: of customers (events) and before a purchase (web).
SELECT
    event_id AS interaction_id,
    account AS customer_id,
    occurred_at,
    touchpoint,
    case_id,
    channel,
    direction,
    initiative,
    handled_by,
    wait_seconds,
    duration_seconds,
    outcome,
    recorded_at,
    _file,
    _line
FROM events
UNION ALL BY NAME
SELECT
    visit_id AS interaction_id,
    account AS customer_id,
    visited_at AS occurred_at,
    place AS touchpoint,
    channel,
    direction,
    visited_at AS recorded_at,
    _file,
    _line
FROM web
