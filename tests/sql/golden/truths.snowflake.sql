-- `truths` in production at 2026-12-15T00:00:00.000Z, written by `flagfall sql`
WITH seen AS (
  SELECT
    CAST(t."User Id" AS VARCHAR) AS subject,
    t."BETA" AS attribute_beta,
    CAST(t."AGE" AS DOUBLE) AS attribute_age,
    (COLLATE(t."PLAN", '')) AS attribute_plan,
    (COLLATE(t."NAME", '')) AS attribute_name,
    COALESCE((COLLATE(t."KEY", '')), (COLLATE(CAST(t."User Id" AS VARCHAR), ''))) AS attribute_id
  FROM "GROWTH"."USERS" AS t
), derived AS (
  SELECT
    seen.*,
    MOD(TO_NUMBER(SUBSTR(MD5_HEX('truths/key/traffic-' || subject), 1, 8), 'XXXXXXXX'), 10000) AS shard_1,
    MOD(TO_NUMBER(SUBSTR(MD5_HEX('truths/others/traffic-' || subject), 1, 8), 'XXXXXXXX'), 10000) AS shard_2
  FROM seen
), assigned AS (
  SELECT
    subject,
    CASE
      WHEN subject IS NULL THEN -1
      WHEN attribute_beta = TRUE AND attribute_age IS NULL THEN 1
      WHEN attribute_beta IS NOT NULL AND attribute_beta = FALSE AND attribute_plan IS NOT NULL THEN 2
      WHEN attribute_beta IS NULL AND attribute_name IS NULL THEN 3
      WHEN REGEXP_LIKE(attribute_id, '(^(emp-|acct-)).*', 'cs') AND attribute_id IS NOT NULL AND attribute_id NOT IN ('emp-7', 'it''s') AND shard_1 < 5000 THEN 4
      WHEN ((REGEXP_LIKE(attribute_name, '(^[a-z]+$)', 'cs') AND attribute_age >= CAST('0e0' AS DOUBLE) AND NOT attribute_age = CAST('NaN' AS DOUBLE)) OR (REGEXP_LIKE(attribute_name, '(^[a-z]+$)', 'cs') AND attribute_age IS NULL) OR (attribute_name IS NULL AND attribute_age >= CAST('0e0' AS DOUBLE) AND NOT attribute_age = CAST('NaN' AS DOUBLE)) OR (attribute_name IS NULL AND attribute_age IS NULL)) AND shard_2 < 4000 THEN 5
      WHEN (attribute_name IS NOT NULL AND NOT (REGEXP_LIKE(attribute_name, '(^[a-z]+$)', 'cs'))) OR attribute_age < CAST('0e0' AS DOUBLE) THEN 6
      ELSE 0
    END AS arm
  FROM derived
)
SELECT
  subject,
  CAST(CASE arm
    WHEN 1 THEN 'on'
    WHEN 2 THEN 'off'
    WHEN 3 THEN 'on'
    WHEN 4 THEN 'on'
    WHEN 5 THEN 'off'
    WHEN 6 THEN 'on'
  END AS VARCHAR) AS variation,
  CAST(CASE arm
    WHEN 1 THEN 'yes/production'
    WHEN 2 THEN 'no/production'
    WHEN 3 THEN 'unknown/production'
    WHEN 4 THEN 'key/production'
    WHEN 5 THEN 'others/production'
    WHEN 6 THEN 'otherwise/production'
  END AS VARCHAR) AS allocation,
  CAST(CASE arm
    WHEN 1 THEN TRUE
    WHEN 2 THEN FALSE
    WHEN 3 THEN TRUE
    WHEN 4 THEN TRUE
    WHEN 5 THEN FALSE
    WHEN 6 THEN TRUE
  END AS BOOLEAN) AS value,
  FALSE AS logged
FROM assigned;
