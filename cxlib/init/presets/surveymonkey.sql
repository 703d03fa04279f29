-- SurveyMonkey responses: two header rows (questions, then their options).
-- table: surveys
-- questions: every other column with points of a scale
-- known by: Respondent ID; Collector ID; End Date | Date Modified
-- not used: Collector ID (names the mailing, not the answer); IP Address (personal); Email Address (personal)
-- not used: First Name (personal); Last Name (personal); Start Date (End Date is when it was answered)
-- not used: Date Created (Date Modified is when it was answered)
SELECT
    "Respondent ID" AS response_id, -- certain
    "Custom Data 1" AS customer_id, -- likely: right if the customer's number was sent along as custom data
    moment("End Date") AS answered_at, -- certain
    moment("Date Modified") AS answered_at -- certain
FROM export
