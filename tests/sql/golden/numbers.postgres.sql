-- `numbers` in production at 2026-12-15T00:00:00.000Z, written by `flagfall sql`
WITH seen AS (
  SELECT
    CAST(t."subject" AS TEXT) AS subject,
    CAST(t."age" AS DOUBLE PRECISION) AS attribute_age,
    t."beta" AS attribute_beta,
    (t."plan" COLLATE "C") AS attribute_plan
  FROM "subjects" AS t
  OFFSET 0
), derived AS (
  SELECT
    seen.*,
    CAST(CAST('x' || substr(md5(convert_to('numbers/below/traffic-' || subject, 'UTF8')), 1, 8) AS BIT(32)) AS BIGINT) % 10000 AS shard_1
  FROM seen
  OFFSET 0
), assigned AS (
  SELECT
    subject,
    CASE
      WHEN subject IS NULL THEN -1
      WHEN attribute_age IN (CAST('-7e0' AS DOUBLE PRECISION), CAST('1e0' AS DOUBLE PRECISION), CAST('2.5e0' AS DOUBLE PRECISION)) OR (attribute_age = CAST('0e0' AS DOUBLE PRECISION) AND NOT CAST(attribute_age AS TEXT) = '-0') THEN 1
      WHEN attribute_age IS NOT NULL AND attribute_age IS NOT NULL AND NOT (attribute_age IN (CAST('1e-7' AS DOUBLE PRECISION), CAST('1e21' AS DOUBLE PRECISION), CAST('3e0' AS DOUBLE PRECISION), CAST('4e0' AS DOUBLE PRECISION), CAST('5e0' AS DOUBLE PRECISION)) OR (attribute_age = CAST('0e0' AS DOUBLE PRECISION) AND NOT CAST(attribute_age AS TEXT) = '-0')) AND attribute_age < CAST('1e2' AS DOUBLE PRECISION) AND attribute_beta = TRUE THEN 2
      WHEN attribute_age > CAST('1.7999999999999e1' AS DOUBLE PRECISION) AND NOT attribute_age = CAST('NaN' AS DOUBLE PRECISION) AND attribute_plan IS NULL THEN 3
      WHEN attribute_age >= CAST('1e300' AS DOUBLE PRECISION) AND NOT attribute_age = CAST('NaN' AS DOUBLE PRECISION) THEN 4
      WHEN ((attribute_age <= CAST('0e0' AS DOUBLE PRECISION) AND attribute_age > CAST('-1e300' AS DOUBLE PRECISION) AND NOT attribute_age = CAST('NaN' AS DOUBLE PRECISION)) OR (attribute_age >= CAST('0e0' AS DOUBLE PRECISION) AND NOT attribute_age = CAST('NaN' AS DOUBLE PRECISION) AND attribute_age < CAST('1e0' AS DOUBLE PRECISION))) AND shard_1 < 6100 THEN 5
      ELSE 0
    END AS arm
  FROM derived
  OFFSET 0
)
SELECT
  subject,
  CAST(CASE arm
    WHEN 1 THEN 'half'
    WHEN 2 THEN 'tenth'
    WHEN 3 THEN 'huge'
    WHEN 4 THEN 'tiny'
    WHEN 5 THEN 'whole'
  END AS TEXT) AS variation,
  CAST(CASE arm
    WHEN 1 THEN 'listed/production'
    WHEN 2 THEN 'unlisted/production'
    WHEN 3 THEN 'above/production'
    WHEN 4 THEN 'from/production'
    WHEN 5 THEN 'below/production'
  END AS TEXT) AS allocation,
  CAST(CASE arm
    WHEN 1 THEN CAST('5e-1' AS DOUBLE PRECISION)
    WHEN 2 THEN CAST('1e-1' AS DOUBLE PRECISION)
    WHEN 3 THEN CAST('1e300' AS DOUBLE PRECISION)
    WHEN 4 THEN CAST('-5e-324' AS DOUBLE PRECISION)
    WHEN 5 THEN CAST('3e0' AS DOUBLE PRECISION)
  END AS DOUBLE PRECISION) AS value,
  FALSE AS logged
FROM assigned;
