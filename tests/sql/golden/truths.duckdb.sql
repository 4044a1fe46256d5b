-- `truths` in production at 2026-12-15T00:00:00.000Z, written by `flagfall sql`
WITH seen AS (
  SELECT
    CAST(t."User Id" AS VARCHAR) AS subject,
    t."beta" AS attribute_beta,
    CAST(t."age" AS DOUBLE) AS attribute_age,
    t."plan" AS attribute_plan,
    t."name" AS attribute_name,
    COALESCE(t."key", CAST(t."User Id" AS VARCHAR)) AS attribute_id
  FROM "growth"."users" AS t
), derived AS (
  SELECT
    seen.*,
    CAST('0x' || substr(md5('truths/key/traffic-' || subject), 1, 8) AS BIGINT) % 10000 AS shard_1,
    CAST('0x' || substr(md5('truths/others/traffic-' || subject), 1, 8) AS BIGINT) % 10000 AS shard_2
  FROM seen
), assigned AS (
  SELECT
    subject,
    CASE
      WHEN subject IS NULL THEN -1
      WHEN attribute_beta = TRUE AND attribute_age IS NULL THEN 1
      WHEN attribute_beta IS NOT NULL AND attribute_beta = FALSE AND attribute_plan IS NOT NULL THEN 2
      WHEN attribute_beta IS NULL AND attribute_name IS NULL THEN 3
      WHEN regexp_matches(attribute_id, '^(emp-|acct-)') AND attribute_id IS NOT NULL AND attribute_id NOT IN ('emp-7', 'it''s') AND shard_1 < 5000 THEN 4
      WHEN ((regexp_matches(attribute_name, '^[a-z]+$') AND attribute_age >= 0e0 AND NOT isnan(attribute_age)) OR (regexp_matches(attribute_name, '^[a-z]+$') AND attribute_age IS NULL) OR (attribute_name IS NULL AND attribute_age >= 0e0 AND NOT isnan(attribute_age)) OR (attribute_name IS NULL AND attribute_age IS NULL)) AND shard_2 < 4000 THEN 5
      WHEN (attribute_name IS NOT NULL AND NOT (regexp_matches(attribute_name, '^[a-z]+$'))) OR attribute_age < 0e0 THEN 6
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
