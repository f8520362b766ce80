-- Pitfall 10: weeks begin on Monday, but for the first of a period that begins within one.
select
    bucket,
    extract(isodow from bucket) as weekday
from {{ ref('kpis') }}('2026-01-07', '2026-12-31', 'week', array['waits_opened'])
where bucket <> '2026-01-07' and extract(isodow from bucket) <> 1
