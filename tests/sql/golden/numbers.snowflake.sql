-- `numbers` in production at 2026-12-15T00:00:00.000Z, written by `flagfall sql`
WITH seen AS (
  SELECT
    CAST(t."SUBJECT" AS VARCHAR) AS subject,
    CAST(t."AGE" AS DOUBLE) AS attribute_age,
    t."BETA" AS attribute_beta,
    (COLLATE(t."PLAN", '')) AS attribute_plan
  FROM "SUBJECTS" AS t
), derived AS (
  SELECT
    seen.*,
    MOD(TO_NUMBER(SUBSTR(MD5_HEX('numbers/below/traffic-' || subject), 1, 8), 'XXXXXXXX'), 10000) AS shard_1
  FROM seen
), assigned AS (
  SELECT
    subject,
    CASE
      WHEN subject IS NULL THEN -1
      WHEN attribute_age IN (CAST('-7e0' AS DOUBLE), CAST('1e0' AS DOUBLE), CAST('2.5e0' AS DOUBLE)) OR (attribute_age = CAST('0e0' AS DOUBLE) AND NOT (attribute_age = 0 AND ATAN2(0, attribute_age) > 1)) THEN 1
      WHEN attribute_age IS NOT NULL AND attribute_age IS NOT NULL AND NOT (attribute_age IN (CAST('1e-7' AS DOUBLE), CAST('1e21' AS DOUBLE), CAST('3e0' AS DOUBLE), CAST('4e0' AS DOUBLE), CAST('5e0' AS DOUBLE)) OR (attribute_age = CAST('0e0' AS DOUBLE) AND NOT (attribute_age = 0 AND ATAN2(0, attribute_age) > 1))) AND attribute_age < CAST('1e2' AS DOUBLE) AND attribute_beta = TRUE THEN 2
      WHEN attribute_age > CAST('1.7999999999999e1' AS DOUBLE) AND NOT attribute_age = CAST('NaN' AS DOUBLE) AND attribute_plan IS NULL THEN 3
      WHEN attribute_age >= CAST('1e300' AS DOUBLE) AND NOT attribute_age = CAST('NaN' AS DOUBLE) THEN 4
      WHEN ((attribute_age <= CAST('0e0' AS DOUBLE) AND attribute_age > CAST('-1e300' AS DOUBLE) AND NOT attribute_age = CAST('NaN' AS DOUBLE)) OR (attribute_age >= CAST('0e0' AS DOUBLE) AND NOT attribute_age = CAST('NaN' AS DOUBLE) AND attribute_age < CAST('1e0' AS DOUBLE))) AND shard_1 < 6100 THEN 5
      ELSE 0
    END AS arm
  FROM derived
)
SELECT
  subject,
  CAST(CASE arm
    WHEN 1 THEN 'half'
    WHEN 2 THEN 'tenth'
    WHEN 3 THEN 'huge'
    WHEN 4 THEN 'tiny'
    WHEN 5 THEN 'whole'
  END AS VARCHAR) AS variation,
  CAST(CASE arm
    WHEN 1 THEN 'listed/production'
    WHEN 2 THEN 'unlisted/production'
    WHEN 3 THEN 'above/production'
    WHEN 4 THEN 'from/production'
    WHEN 5 THEN 'below/production'
  END AS VARCHAR) AS allocation,
  CAST(CASE arm
    WHEN 1 THEN CAST('5e-1' AS DOUBLE)
    WHEN 2 THEN CAST('1e-1' AS DOUBLE)
    WHEN 3 THEN CAST('1e300' AS DOUBLE)
    WHEN 4 THEN CAST('-5e-324' AS DOUBLE)
    WHEN 5 THEN CAST('3e0' AS DOUBLE)
  END AS DOUBLE) AS value,
  FALSE AS logged
FROM assigned;
