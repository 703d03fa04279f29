-- HubSpot feedback submissions: one line is one answer; invitations without answer are not in it.
-- table: surveys
-- known by: hs_survey_type; hs_value; hs_submission_timestamp
-- not used: hs_response_group (promoter, passive, detractor: the score says it); hs_survey_name (the type says it)
-- not used: hs_survey_id (names the questionnaire, not the answer); hs_ticket_id (no column of surveys)
-- scale: csat 0 2; nps 0 10; ces 1 7
SELECT
    "hs_object_id" AS response_id, -- certain
    "hs_contact_id" AS customer_id, -- likely: HubSpot's own number; it joins only if customers carry it too
    moment("hs_submission_timestamp") AS answered_at, -- certain
    coded("hs_survey_type") AS instrument, -- certain
    "hs_value" AS score, -- certain
    "hs_survey_channel" AS channel, -- certain
    "hs_content" AS comment -- certain: free text, dropped unless keep_text asks for it
FROM export
