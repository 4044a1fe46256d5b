-- `patterns` in production at 2026-12-15T00:00:00.000Z, written by `flagfall sql`
WITH seen AS (
  SELECT
    CAST(t."subject" AS VARCHAR) AS subject,
    t."name" AS attribute_name,
    t."plan" AS attribute_plan
  FROM "subjects" AS t
), derived AS (
  SELECT
    seen.*,
    CAST('0x' || substr(md5('patterns/unless/traffic-' || subject), 1, 8) AS BIGINT) % 10000 AS shard_1
  FROM seen
), assigned AS (
  SELECT
    subject,
    CASE
      WHEN subject IS NULL THEN -1
      WHEN regexp_matches(attribute_name, E'^([a-b]{2,4}c*$|[^\n]$|(?s:.){3}$)') THEN 1
      WHEN regexp_matches(attribute_name, E'^[^\na-z]+$') AND attribute_plan IS NOT NULL AND NOT (regexp_matches(attribute_plan, '^([\&\-\[-\^\~]+$|$)')) THEN 2
      WHEN regexp_matches(attribute_name, 'x$|^y|^(()|q)z|[.]com$') THEN 3
      WHEN regexp_matches(attribute_name, '^(a+b*$|(ab)*$|((ab)?c){2}$)') THEN 4
      WHEN attribute_plan IS NOT NULL AND attribute_name IS NOT NULL AND NOT (regexp_matches(attribute_name, 'e')) THEN 5
      WHEN attribute_name IS NOT NULL AND NOT (regexp_matches(attribute_name, '^[Pp]')) AND attribute_plan IS NOT NULL AND NOT (regexp_matches(attribute_plan, '[eo]$')) AND shard_1 < 5000 THEN 6
      ELSE 0
    END AS arm
  FROM derived
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
  END AS VARCHAR) AS variation,
  CAST(CASE arm
    WHEN 1 THEN 'whole/production'
    WHEN 2 THEN 'classes/production'
    WHEN 3 THEN 'anchored/production'
    WHEN 4 THEN 'lazy/production'
    WHEN 5 THEN 'every/production'
    WHEN 6 THEN 'unless/production'
  END AS VARCHAR) AS allocation,
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
