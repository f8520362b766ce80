-- The messages, authors and customers of a burst are those that it counts; it may have more, of sources that are
-- too young to count.
select
    b.burst_id,
    b.messages,
    m.messages as listed
from {{ ref('fct_bursts') }} as b
cross join
    lateral (
        select count(*) as messages, count(distinct customer_id) as customers
        from {{ ref('burst_messages') }}(b.burst_id)
    ) as m
cross join
    lateral (
        select
            sum(messages) filter (where kind = 'author') as of_authors,
            max(share) as share
        from {{ ref('burst_drivers') }}(b.burst_id, 1000000)
    ) as d
cross join
    lateral (
        select count(*) as customers from {{ ref('burst_customers') }}(b.burst_id)
        where how = 'wrote'
    ) as c
where m.messages < b.messages or d.of_authors <> m.messages or d.share > 1 or c.customers <> m.customers
