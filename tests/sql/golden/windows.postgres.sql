-- `windows` in production at each row's instant, written by `flagfall sql`
WITH seen AS (
  SELECT
    CAST(l."subject" AS TEXT) AS subject,
    l."variation" AS logged_variation,
    EXTRACT(EPOCH FROM l."at") AS instant,
    CAST(t."subject" AS TEXT) AS known,
    (t."plan" COLLATE "C") AS attribute_plan
  FROM "logs"."assignments" AS l
  LEFT JOIN "subjects" AS t ON CAST(t."subject" AS TEXT) = CAST(l."subject" AS TEXT)
  WHERE l."flag" = 'windows'
  OFFSET 0
), derived AS (
  SELECT
    seen.*,
    CAST(CAST('x' || substr(md5(convert_to('layer/page-' || subject, 'UTF8')), 1, 8) AS BIT(32)) AS BIGINT) % 10000 AS shard_1,
    CAST(CAST('x' || substr(md5(convert_to('windows/first/split-' || subject, 'UTF8')), 1, 8) AS BIT(32)) AS BIGINT) % 10000 AS shard_2,
    CAST(CAST('x' || substr(md5(convert_to('holdout/quiet-' || subject, 'UTF8')), 1, 8) AS BIT(32)) AS BIGINT) % 10000 AS shard_3,
    CAST(CAST('x' || substr(md5(convert_to('windows/second/traffic-' || subject, 'UTF8')), 1, 8) AS BIT(32)) AS BIGINT) % 10000 AS shard_4,
    CAST(CAST('x' || substr(md5(convert_to('windows/second/split-' || subject, 'UTF8')), 1, 8) AS BIT(32)) AS BIGINT) % 10000 AS shard_5,
    CAST(CAST('x' || substr(md5(convert_to('windows/ends/traffic-' || subject, 'UTF8')), 1, 8) AS BIT(32)) AS BIGINT) % 10000 AS shard_6
  FROM seen
  OFFSET 0
), targeted AS (
  SELECT
    derived.*,
    instant >= 1796083200.000 AND instant <= 1797724800.000 AS audience_1,
    instant >= 1796428800.000 AND attribute_plan IN ('free', 'pro') AS audience_2,
    instant >= 1797033600.001 AND attribute_plan IN ('free', 'pro') AS audience_3
  FROM derived
  OFFSET 0
), assigned AS (
  SELECT
    logged_variation,
    CASE
      WHEN subject IS NULL OR instant IS NULL OR known IS NULL THEN -1
      WHEN audience_1 AND shard_1 < 2500 AND shard_2 < 5000 AND shard_3 < 1000 THEN 1
      WHEN audience_1 AND shard_1 < 2500 AND shard_2 >= 5000 AND shard_3 < 1000 THEN 2
      WHEN audience_1 AND shard_1 < 2500 AND shard_2 < 5000 THEN 3
      WHEN audience_1 AND shard_1 < 2500 AND shard_2 >= 5000 THEN 4
      WHEN audience_2 AND shard_4 < 1000 AND shard_5 < 3400 THEN 5
      WHEN audience_2 AND shard_4 < 1000 AND shard_5 BETWEEN 3400 AND 6699 THEN 6
      WHEN audience_2 AND shard_4 < 1000 AND shard_5 >= 6700 THEN 7
      WHEN audience_3 AND shard_4 < 6000 AND shard_5 < 3400 THEN 8
      WHEN audience_3 AND shard_4 < 6000 AND shard_5 BETWEEN 3400 AND 6699 THEN 9
      WHEN audience_3 AND shard_4 < 6000 AND shard_5 >= 6700 THEN 10
      WHEN instant <= 1796904000.000 AND shard_6 < 2000 THEN 11
      ELSE 0
    END AS arm
  FROM targeted
  OFFSET 0
), judged AS (
  SELECT
    arm,
    logged_variation,
    CAST(CASE arm
    WHEN 1 THEN 'first/production/holdout/quiet'
    WHEN 2 THEN 'first/production/holdout/quiet'
    WHEN 3 THEN 'first/production'
    WHEN 4 THEN 'first/production'
    WHEN 5 THEN 'second/production'
    WHEN 6 THEN 'second/production'
    WHEN 7 THEN 'second/production'
    WHEN 8 THEN 'second/production'
    WHEN 9 THEN 'second/production'
    WHEN 10 THEN 'second/production'
    WHEN 11 THEN 'ends/production'
  END AS TEXT) AS allocation,
    CAST(CASE arm
    WHEN 1 THEN 'control'
    WHEN 2 THEN 'control'
    WHEN 3 THEN 'control'
    WHEN 4 THEN 'red'
    WHEN 5 THEN 'control'
    WHEN 6 THEN 'red'
    WHEN 7 THEN 'blue'
    WHEN 8 THEN 'control'
    WHEN 9 THEN 'red'
    WHEN 10 THEN 'blue'
    WHEN 11 THEN 'blue'
  END AS TEXT) AS variation,
    arm IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10) AS logged
  FROM assigned
)
SELECT
  allocation,
  variation,
  logged,
  COUNT(*) AS assignments,
  COUNT(CASE WHEN arm >= 0 AND logged_variation IS NOT DISTINCT FROM variation THEN 1 END) AS matches,
  COUNT(CASE WHEN arm >= 0 AND NOT (logged_variation IS NOT DISTINCT FROM variation) THEN 1 END) AS mismatches,
  COUNT(CASE WHEN arm < 0 THEN 1 END) AS undecided
FROM judged
GROUP BY allocation, variation, logged
ORDER BY allocation, variation, logged;
