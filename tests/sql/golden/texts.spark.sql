-- `texts` in production at 2026-12-15T00:00:00.000Z, written by `flagfall sql`
WITH seen AS (
  SELECT
    CAST(t.`subject` AS STRING) AS subject,
    t.`name` AS attribute_name
  FROM `subjects` AS t
), derived AS (
  SELECT
    seen.*,
    CAST(conv(substr(md5(concat('texts/rest/traffic-', subject)), 1, 8), 16, 10) AS BIGINT) % 10000 AS shard_1,
    CAST(conv(substr(md5(concat('texts/rest/split-', subject)), 1, 8), 16, 10) AS BIGINT) % 10000 AS shard_2
  FROM seen
), assigned AS (
  SELECT
    subject,
    CASE
      WHEN subject IS NULL THEN -1
      WHEN attribute_name IN ('"', '\u00241', '\u0024{x}', '%s', '\'; DROP TABLE subjects; --', '\\', '\\\'', '`', 'a\nb', '\u202ex') THEN 1
      WHEN attribute_name IS NOT NULL AND attribute_name NOT IN ('', 'PLAIN', 'Plain', 'plain', 'plain\n', 'plain ', 'é') AND attribute_name RLIKE '^[Pp]' THEN 2
      WHEN attribute_name RLIKE '^(a[.]b|[(]x|\\[y|\\\\z|\\^|[\u0024]5)' THEN 3
      WHEN attribute_name RLIKE '([.]com|[|]|[}]|[+][*][?]|\')\\z' THEN 4
      WHEN attribute_name RLIKE 'ü&~-\\]|q\\[w|\\\\d|☕' THEN 5
      WHEN attribute_name RLIKE '^([Ssſ][Tt][Rr][Aa]([ßẞ]|[Ssſ][Ssſ])[Ee]\\z|[0-9٠-٩۰-۹߀-߉०-९০-৯੦-੯૦-૯୦-୯௦-௯౦-౯೦-೯൦-൯෦-෯๐-๙໐-໙༠-༩၀-၉႐-႙០-៩᠐-᠙᥆-᥏᧐-᧙᪀-᪉᪐-᪙᭐-᭙᮰-᮹᱀-᱉᱐-᱙꘠-꘩꣐-꣙꤀-꤉꧐-꧙꧰-꧹꩐-꩙꯰-꯹０-９𐒠-𐒩𐴰-𐴹𐵀-𐵉𑁦-𑁯𑃰-𑃹𑄶-𑄿𑇐-𑇙𑋰-𑋹𑑐-𑑙𑓐-𑓙𑙐-𑙙𑛀-𑛉𑛐-𑛣𑜰-𑜹𑣠-𑣩𑥐-𑥙𑯰-𑯹𑱐-𑱙𑵐-𑵙𑶠-𑶩𑽐-𑽙𖄰-𖄹𖩠-𖩩𖫀-𖫉𖭐-𖭙𖵰-𖵹𜳰-𜳹𝟎-𝟿𞅀-𞅉𞋰-𞋹𞓰-𞓹𞗱-𞗺𞥐-𞥙🯰-🯹]{3}\\z|[µͅͰ-ͳ͵-ͷͺ-ͽͿ΄ΆΈ-ΊΌΎ-ΡΣ-ϡϰ-Ͽᴦ-ᴪᵝ-ᵡᵦ-ᵪᶿἀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ῄῆ-ΐῖ-Ί῝-`ῲ-ῴῶ-῾Ωꭥ𐅀-𐆎𐆠𝈀-𝉅]+\\z)' THEN 6
      WHEN shard_1 < 8321 AND shard_2 < 1000 THEN 7
      WHEN shard_1 < 8321 AND shard_2 BETWEEN 1000 AND 1999 THEN 8
      WHEN shard_1 < 8321 AND shard_2 BETWEEN 2000 AND 2999 THEN 9
      WHEN shard_1 < 8321 AND shard_2 BETWEEN 3000 AND 3999 THEN 10
      WHEN shard_1 < 8321 AND shard_2 BETWEEN 4000 AND 4999 THEN 11
      WHEN shard_1 < 8321 AND shard_2 BETWEEN 5000 AND 5999 THEN 12
      WHEN shard_1 < 8321 AND shard_2 >= 6000 THEN 13
      ELSE 0
    END AS arm
  FROM derived
)
SELECT
  subject,
  CAST(CASE arm
    WHEN 1 THEN 'quoted'
    WHEN 2 THEN 'backslash'
    WHEN 3 THEN 'lines'
    WHEN 4 THEN 'letters'
    WHEN 5 THEN 'nothing'
    WHEN 6 THEN 'hidden'
    WHEN 7 THEN 'quoted'
    WHEN 8 THEN 'backslash'
    WHEN 9 THEN 'lines'
    WHEN 10 THEN 'letters'
    WHEN 11 THEN 'nothing'
    WHEN 12 THEN 'hidden'
    WHEN 13 THEN 'json'
  END AS STRING) AS variation,
  CAST(CASE arm
    WHEN 1 THEN 'hostile/production'
    WHEN 2 THEN 'spelled/production'
    WHEN 3 THEN 'starts/production'
    WHEN 4 THEN 'ends/production'
    WHEN 5 THEN 'inside/production'
    WHEN 6 THEN 'folded/production'
    WHEN 7 THEN 'rest/production'
    WHEN 8 THEN 'rest/production'
    WHEN 9 THEN 'rest/production'
    WHEN 10 THEN 'rest/production'
    WHEN 11 THEN 'rest/production'
    WHEN 12 THEN 'rest/production'
    WHEN 13 THEN 'rest/production'
  END AS STRING) AS allocation,
  CAST(CASE arm
    WHEN 1 THEN 'it\'s "quoted"; DROP TABLE subjects; --'
    WHEN 2 THEN 'C:\\new\\table\\\''
    WHEN 3 THEN 'one\ntwo\u0009tabs\u000d'
    WHEN 4 THEN 'naïve ☕ 日本語 🎈'
    WHEN 5 THEN ''
    WHEN 6 THEN '\u202ehidden\u200b\u0001\u007f'
    WHEN 7 THEN 'it\'s "quoted"; DROP TABLE subjects; --'
    WHEN 8 THEN 'C:\\new\\table\\\''
    WHEN 9 THEN 'one\ntwo\u0009tabs\u000d'
    WHEN 10 THEN 'naïve ☕ 日本語 🎈'
    WHEN 11 THEN ''
    WHEN 12 THEN '\u202ehidden\u200b\u0001\u007f'
    WHEN 13 THEN '{"a": [1, null]}'
  END AS STRING) AS value,
  arm IN (7, 8, 9, 10, 11, 12, 13) AS logged
FROM assigned;
