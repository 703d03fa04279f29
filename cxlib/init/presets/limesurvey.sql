-- LimeSurvey responses: an answer without submitdate was not finished and is left out.
-- table: surveys
-- questions: every other column with points of a scale
-- known by: id; submitdate; lastpage; startlanguage
-- not used: lastpage (how far it went); startlanguage (no column of surveys); seed (order of the questions)
-- not used: startdate (submitdate is when it was answered); datestamp (submitdate is when it was answered)
-- not used: ipaddr (personal); refurl (no column of surveys)
SELECT
    ltrim("id", '''') AS response_id, -- certain
    ltrim("token", '''') AS customer_id, -- likely: right if participants were given their customer number as token
    moment("submitdate") AS answered_at -- certain
FROM export
WHERE nullif(trim("submitdate"), '') IS NOT NULL
