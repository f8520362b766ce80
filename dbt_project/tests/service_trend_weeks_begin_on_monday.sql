-- Pitfall 10: weeks begin on Monday, but for the first of a period that begins within one.
select starts_on, extract(isodow from starts_on) as weekday
from {{ ref('service_trend') }}('2000-01-05', '2100-01-01', 'week')
where starts_on <> '2000-01-05' and extract(isodow from starts_on) <> 1
