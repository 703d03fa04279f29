-- One row is one case with the support desk; times are written in the company's zone.
SELECT
    "Id" AS ticket_id,
    "Requester external id" AS customer_id,
    "Created at" AS opened_at,
    coalesce(
        strftime(
            try_cast("Created at" AS TIMESTAMP)
            + to_minutes(try_cast("First reply time in minutes" AS BIGINT)),
            '%Y-%m-%d %H:%M:%S'
        ),
        "First reply time in minutes"
    ) AS first_response_at,
    "Solved at" AS resolved_at,
    "Reason [list]" AS reason,
    "Via" AS channel,
    "Priority" AS priority,
    "Reopens" AS reopened_count,
    nullif("Satisfaction Score", 'Offered') AS satisfaction,
    _file,
    _line
FROM helpdesk
