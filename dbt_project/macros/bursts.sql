{#
  Bursts: where more is written of something than its past lets expect (docs/bursts.md). Hour by hour and series by
  series (a brand, topic, product, place or language), a quasi-Poisson generalised likelihood ratio over windows of 1
  to 24 hours (Höhle & Paul 2008). What is expected of a day comes from the 28 days that end two days before it, so
  that a burst does not raise its own yardstick.
#}
{% macro burst_windows() %}{% do return([1, 2, 3, 4, 6, 8, 12, 24]) %}{% endmacro %}

{# The past of a day: 28 days, the last of which ends two whole days before it. #}
{% macro in_its_past(day) -%}
    order by {{ day }} range between interval '30 days' preceding and interval '3 days' preceding
{%- endmacro %}

{# Days that this refresh touched, each with those that it is the past of, or that are told only for its sake. #}
{% macro days_and_after(kinds) -%}
    select k.key + n.days as day
    from ({% for kind in kinds %}
        select key from {{ touched_keys(kind) }} as {{ kind }}{{ ' union ' if not loop.last }}
    {% endfor %}) as k
    cross join generate_series(0, 30) as n (days)
{%- endmacro %}

{# Rows of a relation by days that a query needs beside the touched ones: `before` days before each. #}
{% macro rows_around(relation, column, kind, before) -%}
    {%- if is_incremental() -%}
        (
            select found.*
            from (
                select distinct k.key - n.days as day
                from {{ touched_keys(kind) }} as k
                cross join generate_series(0, {{ before }}) as n (days)
                offset 0
            ) as needed
            cross join lateral (
                select * from {{ relation }} as r
                where r.{{ column }} = needed.day
                offset 0
            ) as found
            offset 0
        )
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}

{# What was written and expected in each window that ends with an hour: `x_<hours>` and `m_<hours>`. #}
{% macro windows_summed(key, relation) -%}
    select
        series_id,
        expected_day as {{ key }},
        hour_at,
        level
        {%- for hours in burst_windows() %},
            sum(messages) over {{ 'w_' ~ hours }} as x_{{ hours }},
            sum(expected) over {{ 'w_' ~ hours }} as m_{{ hours }}
        {%- endfor %}
    from {{ rows_around(relation, 'expected_day', key, 1) }} as hours
    window
        {%- for hours in burst_windows() %}
            w_{{ hours }} as (
                partition by series_id order by hour_at
                range between interval '{{ hours - 1 }} hours' preceding and current row
            ){{ ',' if not loop.last }}
        {%- endfor %}
{%- endmacro %}

{# The likelihood ratio of a window with more messages than expected, over the dispersion of such windows. #}
{% macro window_score(x, m, dispersion) -%}
    case
        when {{ m }} > 0 and {{ x }} > {{ m }}
            then ({{ x }}::float8 * ln({{ x }}::float8 / {{ m }}::float8) - ({{ x }} - {{ m }})::float8) / {{ dispersion }}
        else 0
    end
{%- endmacro %}

{# Days to work out anew: those touched, those that they are the past of, and those since the last hour told. #}
{% macro touch_expected_days() %}
    insert into ops.touched (refresh_id, kind, key)
    with heard as (

        select max(c.hour_at) as last_at from {{ ref('int_series_counted') }} as c
        where c.series_id = 'all:all'

    ),

    ends as (

        select
            coalesce({{ company_day('h.last_at') }}, b.last_day) as last_day,
            coalesce(b.last_day, {{ company_day('h.last_at') }}) as last_before
        from heard as h
        cross join (select max(t.expected_day) as last_day from {{ this }} as t) as b

    )

    select n.refresh_id, 'expected_day', d.day::text
    from ops.refresh_now as n
    cross join (
        select d.day
        from ({{ days_and_after(['series_day', 'watched_day']) }}) as d
        cross join ends as e
        where d.day <= greatest(e.last_day, e.last_before)
        union
        select s.day::date as day
        from ends as e
        cross join
            generate_series(
                least(e.last_day, e.last_before), greatest(e.last_day, e.last_before)::timestamp, interval '1 day'
            ) as s (day)
    ) as d
    on conflict do nothing
{% endmacro %}

{# Windows reach into the day after. #}
{% macro touch_spread_days() %}
    insert into ops.touched (refresh_id, kind, key)
    select distinct n.refresh_id, 'spread_day', (k.key + d.days)::text
    from {{ touched_keys('expected_day') }} as k
    cross join (values (0), (1)) as d (days)
    cross join ops.refresh_now as n
    on conflict do nothing
{% endmacro %}

{% macro touch_scored_days() %}
    insert into ops.touched (refresh_id, kind, key)
    select distinct n.refresh_id, 'scored_day', d.day::text
    from ({{ days_and_after(['spread_day']) }}) as d
    cross join ops.refresh_now as n
    where d.day <= (select max(e.expected_day) + 1 from {{ ref('int_series_expected') }} as e)
    on conflict do nothing
{% endmacro %}

{# Messages of the burst that a function is asked about. Only its days are read. #}
{% macro messages_of_burst() %}
    select
        m.message_id,
        m.conversation_id,
        m.account_id,
        m.customer_id,
        m.channel,
        m.source,
        m.thread_id,
        m.posted_at,
        m.sentiment,
        m.title,
        m.body,
        m.url
    from {{ ref('fct_bursts') }} as b
    inner join {{ ref('fct_messages') }} as m
        on m.day between b.first_day and b.last_day and m.posted_at >= b.onset_at and m.posted_at < b.end_at
    where
        b.burst_id = burst
        and m.direction = 'customer'
        and not m.is_noise
        and m.time_precision <> 'day'
        and case b.kind
            when 'all' then true
            when 'language' then coalesce(m.language, m.language_declared) = b.value
            else
                coalesce(b.kind = 'brand' and m.brand_id = b.value, false)
                or exists (
                    select 1 from {{ ref('message_mentions') }} as n
                    where
                        n.message_id = m.message_id
                        and n.kind = case b.kind when 'brand' then 'competitor' else b.kind end
                        and n.value = b.value
                )
        end
{% endmacro %}
