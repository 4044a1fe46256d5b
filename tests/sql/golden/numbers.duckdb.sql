-- `numbers` in production at 2026-12-15T00:00:00.000Z, written by `flagfall sql`
WITH seen AS (
  SELECT
    CAST(t."subject" AS VARCHAR) AS subject,
    CAST(t."age" AS DOUBLE) AS attribute_age,
    t."beta" AS attribute_beta,
    t."plan" AS attribute_plan
  FROM "subjects" AS t
), derived AS (
  SELECT
    seen.*,
    CAST('0x' || substr(md5('numbers/below/traffic-' || subject), 1, 8) AS BIGINT) % 10000 AS shard_1
  FROM seen
), assigned AS (
  SELECT
    subject,
    CASE
      WHEN subject IS NULL THEN -1
      WHEN attribute_age IN (-7e0, 1e0, 2.5e0) OR (attribute_age = 0e0 AND NOT (attribute_age = 0e0 AND signbit(attribute_age))) THEN 1
      WHEN attribute_age IS NOT NULL AND attribute_age IS NOT NULL AND NOT (attribute_age IN (1e-7, 1e21, 3e0, 4e0, 5e0) OR (attribute_age = 0e0 AND NOT (attribute_age = 0e0 AND signbit(attribute_age)))) AND attribute_age < 1e2 AND attribute_beta = TRUE THEN 2
      WHEN attribute_age > 1.7999999999999e1 AND NOT isnan(attribute_age) AND attribute_plan IS NULL THEN 3
      WHEN attribute_age >= 1e300 AND NOT isnan(attribute_age) THEN 4
      WHEN ((attribute_age <= 0e0 AND attribute_age > -1e300 AND NOT isnan(attribute_age)) OR (attribute_age >= 0e0 AND NOT isnan(attribute_age) AND attribute_age < 1e0)) AND shard_1 < 6100 THEN 5
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
    WHEN 1 THEN 5e-1
    WHEN 2 THEN 1e-1
    WHEN 3 THEN 1e300
    WHEN 4 THEN -5e-324
    WHEN 5 THEN 3e0
  END AS DOUBLE) AS value,
  FALSE AS logged
FROM assigned;
