-- One row is one negative experience. It is one when
--   a contact was abandoned or ended unresolved,
--   a ticket had its first answer later than promised (sla_hours of dataset.yaml), or was opened again,
--   a customer complained.
-- A ticket that nobody has answered yet is not counted as late, however long it has waited.
-- Nobody has to answer a survey to be counted; a complaint alone needs the customer to act.
SELECT
    account AS customer_id,
    occurred_at,
    touchpoint,
    'failure' AS source,
    recorded_at,
    _file,
    _line
FROM events
WHERE outcome IN ('unresolved', 'abandoned')
UNION ALL BY NAME
SELECT
    account AS customer_id,
    occurred_at,
    touchpoint,
    'complaint' AS source,
    recorded_at,
    _file,
    _line
FROM events
WHERE touchpoint = 'complaint'
UNION ALL BY NAME
SELECT
    "Requester external id" AS customer_id,
    "Created at" AS occurred_at,
    'email_support' AS touchpoint,
    'rule' AS source,
    NULL AS recorded_at,
    _file,
    _line
FROM helpdesk
WHERE "Ticket form [list]" = 'E-mail'
    AND (
        try_cast("First reply time in minutes" AS BIGINT) > 60 * getvariable('sla_hours')
        OR try_cast("Reopens" AS BIGINT) > 0
    )
