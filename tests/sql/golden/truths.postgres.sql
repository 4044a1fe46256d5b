-- `truths` in production at 2026-12-15T00:00:00.000Z, written by `flagfall sql`
WITH seen AS (
  SELECT
    CAST(t."User Id" AS TEXT) AS subject,
    t."beta" AS attribute_beta,
    CAST(t."age" AS DOUBLE PRECISION) AS attribute_age,
    (t."plan" COLLATE "C") AS attribute_plan,
    (t."name" COLLATE "C") AS attribute_name,
    COALESCE((t."key" COLLATE "C"), (CAST(t."User Id" AS TEXT) COLLATE "C")) AS attribute_id
  FROM "growth"."users" AS t
  OFFSET 0
), derived AS (
  SELECT
    seen.*,
    CAST(CAST('x' || substr(md5(convert_to('truths/key/traffic-' || subject, 'UTF8')), 1, 8) AS BIT(32)) AS BIGINT) % 10000 AS shard_1,
    CAST(CAST('x' || substr(md5(convert_to('truths/others/traffic-' || subject, 'UTF8')), 1, 8) AS BIT(32)) AS BIGINT) % 10000 AS shard_2
  FROM seen
  OFFSET 0
), assigned AS (
  SELECT
    subject,
    CASE
      WHEN subject IS NULL THEN -1
      WHEN attribute_beta = TRUE AND attribute_age IS NULL THEN 1
      WHEN attribute_beta IS NOT NULL AND attribute_beta = FALSE AND attribute_plan IS NOT NULL THEN 2
      WHEN attribute_beta IS NULL AND attribute_name IS NULL THEN 3
      WHEN attribute_id ~ '^(emp-|acct-)' AND attribute_id IS NOT NULL AND attribute_id NOT IN ('emp-7', 'it''s') AND shard_1 < 5000 THEN 4
      WHEN ((attribute_name ~ '^[a-z]+$' AND attribute_age >= CAST('0e0' AS DOUBLE PRECISION) AND NOT attribute_age = CAST('NaN' AS DOUBLE PRECISION)) OR (attribute_name ~ '^[a-z]+$' AND attribute_age IS NULL) OR (attribute_name IS NULL AND attribute_age >= CAST('0e0' AS DOUBLE PRECISION) AND NOT attribute_age = CAST('NaN' AS DOUBLE PRECISION)) OR (attribute_name IS NULL AND attribute_age IS NULL)) AND shard_2 < 4000 THEN 5
      WHEN (attribute_name IS NOT NULL AND NOT (attribute_name ~ '^[a-z]+$')) OR attribute_age < CAST('0e0' AS DOUBLE PRECISION) THEN 6
      ELSE 0
    END AS arm
  FROM derived
  OFFSET 0
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
  END AS TEXT) AS variation,
  CAST(CASE arm
    WHEN 1 THEN 'yes/production'
    WHEN 2 THEN 'no/production'
    WHEN 3 THEN 'unknown/production'
    WHEN 4 THEN 'key/production'
    WHEN 5 THEN 'others/production'
    WHEN 6 THEN 'otherwise/production'
  END AS TEXT) AS allocation,
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
