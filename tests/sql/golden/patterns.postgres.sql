-- `patterns` in production at 2026-12-15T00:00:00.000Z, written by `flagfall sql`
WITH seen AS (
  SELECT
    CAST(t."subject" AS TEXT) AS subject,
    (t."name" COLLATE "C") AS attribute_name,
    (t."plan" COLLATE "C") AS attribute_plan
  FROM "subjects" AS t
  OFFSET 0
), derived AS (
  SELECT
    seen.*,
    CAST(CAST('x' || substr(md5(convert_to('patterns/unless/traffic-' || subject, 'UTF8')), 1, 8) AS BIT(32)) AS BIGINT) % 10000 AS shard_1
  FROM seen
  OFFSET 0
), assigned AS (
  SELECT
    subject,
    CASE
      WHEN subject IS NULL THEN -1
      WHEN attribute_name ~ E'^([a-b]{2,4}c*$|[^\n]$|.{3}$)' THEN 1
      WHEN attribute_name ~ E'^[^\na-z]+$' AND attribute_plan IS NOT NULL AND NOT (attribute_plan ~ E'^([\\&\\-\\[-\\^\\~]+$|$)') THEN 2
      WHEN attribute_name ~ 'x$|^y|^(()|q)z|[.]com$' THEN 3
      WHEN attribute_name ~ '^(a+b*$|(ab)*$|((ab)?c){2}$)' THEN 4
      WHEN attribute_plan IS NOT NULL AND attribute_name IS NOT NULL AND NOT (attribute_name ~ 'e') THEN 5
      WHEN attribute_name IS NOT NULL AND NOT (attribute_name ~ '^[Pp]') AND attribute_plan IS NOT NULL AND NOT (attribute_plan ~ '[eo]$') AND shard_1 < 5000 THEN 6
      ELSE 0
    END AS arm
  FROM derived
  OFFSET 0
)
SELECT
  subject,
  CAST(CASE arm
    WHEN 1 THEN 'one'
    WHEN 2 THEN 'two'
    WHEN 3 THEN 'most'
    WHEN 4 THEN 'four'
    WHEN 5 THEN 'five'
    WHEN 6 THEN 'seven'
  END AS TEXT) AS variation,
  CAST(CASE arm
    WHEN 1 THEN 'whole/production'
    WHEN 2 THEN 'classes/production'
    WHEN 3 THEN 'anchored/production'
    WHEN 4 THEN 'lazy/production'
    WHEN 5 THEN 'every/production'
    WHEN 6 THEN 'unless/production'
  END AS TEXT) AS allocation,
  CAST(CASE arm
    WHEN 1 THEN 1
    WHEN 2 THEN -2
    WHEN 3 THEN 2147483647
    WHEN 4 THEN 4
    WHEN 5 THEN 5
    WHEN 6 THEN 7
  END AS BIGINT) AS value,
  FALSE AS logged
FROM assigned;
