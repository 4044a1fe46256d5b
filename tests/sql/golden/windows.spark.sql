-- `windows` in production at each row's instant, written by `flagfall sql`
WITH seen AS (
  SELECT
    CAST(l.`subject` AS STRING) AS subject,
    l.`variation` AS logged_variation,
    unix_micros(l.`at`) AS instant,
    CAST(t.`subject` AS STRING) AS known,
    t.`plan` AS attribute_plan
  FROM `logs`.`assignments` AS l
  LEFT JOIN `subjects` AS t ON CAST(t.`subject` AS STRING) = CAST(l.`subject` AS STRING)
  WHERE l.`flag` = 'windows'
), derived AS (
  SELECT
    seen.*,
    CAST(conv(substr(md5(concat('layer/page-', subject)), 1, 8), 16, 10) AS BIGINT) % 10000 AS shard_1,
    CAST(conv(substr(md5(concat('windows/first/split-', subject)), 1, 8), 16, 10) AS BIGINT) % 10000 AS shard_2,
    CAST(conv(substr(md5(concat('holdout/quiet-', subject)), 1, 8), 16, 10) AS BIGINT) % 10000 AS shard_3,
    CAST(conv(substr(md5(concat('windows/second/traffic-', subject)), 1, 8), 16, 10) AS BIGINT) % 10000 AS shard_4,
    CAST(conv(substr(md5(concat('windows/second/split-', subject)), 1, 8), 16, 10) AS BIGINT) % 10000 AS shard_5,
    CAST(conv(substr(md5(concat('windows/ends/traffic-', subject)), 1, 8), 16, 10) AS BIGINT) % 10000 AS shard_6
  FROM seen
), targeted AS (
  SELECT
    derived.*,
    instant >= 1796083200000000 AND instant <= 1797724800000000 AS audience_1,
    instant >= 1796428800000000 AND attribute_plan IN ('free', 'pro') AS audience_2,
    instant >= 1797033600001000 AND attribute_plan IN ('free', 'pro') AS audience_3
  FROM derived
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
      WHEN instant <= 1796904000000000 AND shard_6 < 2000 THEN 11
      ELSE 0
    END AS arm
  FROM targeted
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
  END AS STRING) AS allocation,
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
  END AS STRING) AS variation,
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
