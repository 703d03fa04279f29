-- One row is one invitation with its answer, if there is one. A questionnaire after a support contact
-- asks two things. Test answers (Status 1) are left out.
WITH asked AS (
    SELECT
        "Einladung" AS invitation,
        "Kundennummer" AS customer_id,
        "Versandt am" AS invited_at,
        "Befragung" AS survey,
        "Kontaktpunkt" AS touchpoint,
        _file,
        _line
    FROM invitations
),
said AS (
    SELECT *
    FROM answers
    WHERE "Status" = '0'
    QUALIFY row_number() OVER (PARTITION BY "InvitationId" ORDER BY "RecordedDate") = 1
),
questions AS (
    SELECT 'Beziehung' AS survey, 'nps' AS instrument, 0 AS scale_low, 10 AS scale_high
    UNION ALL
    SELECT 'Kontakt', 'csat', 1, 5
    UNION ALL
    SELECT 'Support', 'csat', 1, 5
    UNION ALL
    SELECT 'Support', 'ces', 1, 7
)
SELECT
    asked.invitation || '-' || questions.instrument AS response_id,
    asked.customer_id,
    asked.invited_at,
    said."EndDate" AS answered_at,
    questions.instrument,
    CASE questions.instrument WHEN 'nps' THEN said."Q1" WHEN 'csat' THEN said."Q2" ELSE said."Q3" END AS score,
    questions.scale_low,
    questions.scale_high,
    TRUE AS high_is_good,
    nullif(asked.touchpoint, '') AS touchpoint,
    CASE asked.survey WHEN 'Beziehung' THEN 'relational' ELSE 'transactional' END AS survey_kind,
    'email' AS channel,
    CASE WHEN said."EndDate" IS NOT NULL THEN asked.invitation END AS response_group,
    asked._file,
    asked._line
FROM asked
JOIN questions ON questions.survey = asked.survey
LEFT JOIN said ON said."InvitationId" = asked.invitation
