-- `versions` in production at 2026-12-15T00:00:00.000Z, written by `flagfall sql`
WITH seen AS (
  SELECT
    CAST(t."subject" AS TEXT) AS subject,
    (t."app-version" COLLATE "C") AS attribute_app_version,
    (t."app_version_2" COLLATE "C") AS attribute_app_version_2,
    (t."plan" COLLATE "C") AS attribute_plan
  FROM "subjects" AS t
  OFFSET 0
), derived AS (
  SELECT
    seen.*,
    CASE WHEN attribute_app_version ~ E'^(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)(-(0|[1-9][0-9]*|[0-9]*[\\-A-Za-z][\\-0-9A-Za-z]*)([.](0|[1-9][0-9]*|[0-9]*[\\-A-Za-z][\\-0-9A-Za-z]*))*)?([+][\\-0-9A-Za-z]+([.][\\-0-9A-Za-z]+)*)?$' AND NOT (attribute_app_version ~ E'^([0-9]+[.]){0,2}([2-9][0-9]{19}|19[0-9]{18}|18[5-9][0-9]{17}|184[5-9][0-9]{16}|1844[7-9][0-9]{15}|18446[8-9][0-9]{14}|184467[5-9][0-9]{13}|1844674[5-9][0-9]{12}|18446744[1-9][0-9]{11}|184467440[8-9][0-9]{10}|1844674407[4-9][0-9]{9}|18446744073[8-9][0-9]{8}|184467440737[1-9][0-9]{7}|18446744073709[6-9][0-9]{5}|184467440737095[6-9][0-9]{4}|1844674407370955[2-9][0-9]{3}|18446744073709551[7-9][0-9]{2}|184467440737095516[2-9][0-9]|1844674407370955161[6-9]|[1-9][0-9]{20,})([+\\--.]|$)') THEN attribute_app_version END AS version_of_attribute_app_version,
    CASE WHEN attribute_app_version_2 ~ E'^(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)(-(0|[1-9][0-9]*|[0-9]*[\\-A-Za-z][\\-0-9A-Za-z]*)([.](0|[1-9][0-9]*|[0-9]*[\\-A-Za-z][\\-0-9A-Za-z]*))*)?([+][\\-0-9A-Za-z]+([.][\\-0-9A-Za-z]+)*)?$' AND NOT (attribute_app_version_2 ~ E'^([0-9]+[.]){0,2}([2-9][0-9]{19}|19[0-9]{18}|18[5-9][0-9]{17}|184[5-9][0-9]{16}|1844[7-9][0-9]{15}|18446[8-9][0-9]{14}|184467[5-9][0-9]{13}|1844674[5-9][0-9]{12}|18446744[1-9][0-9]{11}|184467440[8-9][0-9]{10}|1844674407[4-9][0-9]{9}|18446744073[8-9][0-9]{8}|184467440737[1-9][0-9]{7}|18446744073709[6-9][0-9]{5}|184467440737095[6-9][0-9]{4}|1844674407370955[2-9][0-9]{3}|18446744073709551[7-9][0-9]{2}|184467440737095516[2-9][0-9]|1844674407370955161[6-9]|[1-9][0-9]{20,})([+\\--.]|$)') THEN attribute_app_version_2 END AS version_of_attribute_app_version_2,
    CAST(CAST('x' || substr(md5(convert_to('versions/not-new/traffic-' || subject, 'UTF8')), 1, 8) AS BIT(32)) AS BIGINT) % 10000 AS shard_1
  FROM seen
  OFFSET 0
), assigned AS (
  SELECT
    subject,
    CASE
      WHEN subject IS NULL THEN -1
      WHEN version_of_attribute_app_version ~ E'^(([2-9][0-9]|1[1-9]|[1-9][0-9]{2,})[.]|10[.]([3-9]|[1-9][0-9]+)[.]|10[.]2[.]([1-9]|[1-9][0-9]+)([+\\-]|$)|10[.]2[.]0[+])' THEN 1
      WHEN version_of_attribute_app_version ~ E'^(([3-9]|[1-9][0-9]+)[.]|2[.]([5-9]|[1-9][0-9]+)[.]|2[.]4[.]([1-9]|[1-9][0-9]+)([+\\-]|$)|2[.]4[.]0([+]|$)|2[.]4[.]0-([s-z][\\-0-9A-Za-z]*|r[d-z][\\-0-9A-Za-z]*|rc[\\-0-9A-Za-z]+)([+.]|$)|2[.]4[.]0-rc[.]([2-9]|[1-9][0-9]+|[0-9]*[\\-A-Za-z][\\-0-9A-Za-z]*)([+.]|$)|2[.]4[.]0-rc[.]1[.]|2[.]4[.]0-rc[.]1([+]|$))' AND version_of_attribute_app_version_2 ~ '^(0[.]|1[.]0[.]0-)' THEN 2
      WHEN version_of_attribute_app_version ~ E'^(0[.]|1[.][0-1][.]|1[.]2[.][0-2]([+\\-]|$)|1[.]2[.]3-)' AND attribute_plan IN ('free', 'pro') THEN 3
      WHEN version_of_attribute_app_version ~ E'^([0-1][.]|2[.]0[.]0-([\\-A-Z][\\-0-9A-Za-z]*|[0-9][0-9]*[\\-A-Za-z][\\-0-9A-Za-z]*|a|a[\\-0-9A-Za-k][\\-0-9A-Za-z]*|al|al[\\-0-9A-Za-o][\\-0-9A-Za-z]*|alp|alp[\\-0-9A-Za-g][\\-0-9A-Za-z]*|alph|alph[\\-0-9A-Z][\\-0-9A-Za-z]*|0|[1-9][0-9]*)([+.]|$)|2[.]0[.]0-alpha([+]|$)|2[.]0[.]0-alpha[.]0([+.]|$)|2[.]0[.]0-alpha[.]1$)' AND version_of_attribute_app_version_2 ~ E'^(([1-9]|[1-9][0-9]+)[.]|0[.]([1-9]|[1-9][0-9]+)[.]|0[.]0[.][1-9][0-9]+([+\\-]|$)|0[.]0[.]9[+])' THEN 4
      WHEN (version_of_attribute_app_version ~ '^(0[.]|1[.][0-4][.]|1[.]5[.]0-)' OR attribute_app_version IS NULL OR (attribute_app_version IS NOT NULL AND NOT (attribute_app_version ~ E'^(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)(-(0|[1-9][0-9]*|[0-9]*[\\-A-Za-z][\\-0-9A-Za-z]*)([.](0|[1-9][0-9]*|[0-9]*[\\-A-Za-z][\\-0-9A-Za-z]*))*)?([+][\\-0-9A-Za-z]+([.][\\-0-9A-Za-z]+)*)?$'))) AND shard_1 < 3000 THEN 5
      ELSE 0
    END AS arm
  FROM derived
  OFFSET 0
)
SELECT
  subject,
  CAST(CASE arm
    WHEN 1 THEN 'a'
    WHEN 2 THEN 'b'
    WHEN 3 THEN 'c'
    WHEN 4 THEN 'd'
    WHEN 5 THEN 'a'
  END AS TEXT) AS variation,
  CAST(CASE arm
    WHEN 1 THEN 'newest/production'
    WHEN 2 THEN 'newer/production'
    WHEN 3 THEN 'old/production'
    WHEN 4 THEN 'middle/production'
    WHEN 5 THEN 'not-new/production'
  END AS TEXT) AS allocation,
  CAST(CASE arm
    WHEN 1 THEN E'{"v":1,"text":"it''s \\\\ \\n"}'
    WHEN 2 THEN '{}'
    WHEN 3 THEN '{"c":[true,null,1.5]}'
    WHEN 4 THEN '{"d":{}}'
    WHEN 5 THEN E'{"v":1,"text":"it''s \\\\ \\n"}'
  END AS TEXT) AS value,
  FALSE AS logged
FROM assigned;
