-- Zendesk tickets: the CSV export of the ticket view. Deleted tickets are not in it.
-- table: tickets
-- known by: Id; Created at; Requester external id | Requester id; Solved at | Satisfaction Score | Reopens
-- not used: Updated at (no event of the case); Assigned at (no event of the case)
-- not used: Requester (personal); Requester email (personal); Requester domain (personal); Subject (free text)
-- not used: Submitter (personal); Assignee (personal); Tags (free text); Status (Solved at says it)
-- not used: Resolution time (Solved at says it); First resolution time in minutes (Solved at says it)
-- not used: First reply time in minutes within business hours (the promise is taken in calendar hours)
-- not used: Full resolution time in minutes (Solved at says it)
SELECT
    "Id" AS ticket_id, -- certain
    "Requester external id" AS customer_id, -- certain: the number your own systems gave
    "Requester id" AS customer_id, -- likely: the help desk's own number; it joins only if customers carry it too
    moment("Created at") AS opened_at, -- certain
    minutes_after("Created at", "First reply time in minutes") AS first_response_at, -- certain
    "First reply time in minutes" AS reply_minutes, -- certain
    moment("Solved at") AS resolved_at, -- certain
    "Reason [list]" AS reason, -- likely: a field of your own
    "Grund [list]" AS reason, -- likely: a field of your own
    "Ticket form [list]" AS form, -- likely: a field of your own; a form for complaints is told by its name
    "Ticket type" AS form, -- likely: a type for complaints is told by its name
    "Via" AS channel, -- certain
    "Priority" AS priority, -- certain
    "Reopens" AS reopened_count, -- certain
    CASE WHEN "Satisfaction Score" NOT IN ('Offered', 'Unoffered', 'Not offered') THEN "Satisfaction Score" END AS satisfaction -- certain
FROM export
