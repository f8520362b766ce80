{#
  How a model's queries are planned: by what they say, not by what the planner believes. Postgres knows nothing of
  rows that a query has only just put together, and what it knows of a table is of before the load; taking a hundred
  thousand rows for one, it compares each with each and a refresh hangs. So it may loop only where a model asks for a
  look-up (`lateral`), whose cost grows with the rows that look up; every other join hashes or sorts. What loops
  stands in a step of its own (`materialized`, `offset 0`), lest a join be drawn into the loop. Compiling a plan pays
  for none of these queries. A server's own memory setting counts where it is larger.
#}
{% macro planned() -%}
    set local enable_nestloop = off;
    set local jit = off;
    set local random_page_cost = 1.1;
    select set_config('work_mem', '32MB', true)
    where pg_size_bytes(current_setting('work_mem')) < pg_size_bytes('32MB')
{%- endmacro %}

{# What the planner must know of a table made anew, before the next model reads it. #}
{% macro analyzed_when_new() -%}
    {{ 'analyze ' ~ this if config.get('materialized') == 'incremental' and should_full_refresh() }}
{%- endmacro %}

{# The same for a table that what came is a good part of. #}
{% macro analyzed_when_grown(relation, added) -%}
    do $$
    begin
        if
            (select count(*) from {{ added }})
            > 0.1 * (select greatest(c.reltuples, 0) from pg_class as c where c.oid = '{{ relation }}'::regclass)
        then
            analyze {{ relation }};
        end if;
    end
    $$
{%- endmacro %}
