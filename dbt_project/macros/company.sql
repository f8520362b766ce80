{# What the company knows: whom its files name, and which of its products a name is. #}

{#
  Whom a row of a staging model names, each as `<type>:<keyed hash>` or `account:<id>`: by the surest of what it gives,
  a number of the CRM, else an address, else an account. What somebody typed themselves, and all else that a row gives,
  is nobody's name, as `nobody:<keyed hash>`: such rows are counted.
#}
{% macro persons_named(row) -%}
    (
        select array_agg(distinct g.person order by g.person)
        from (
            select
                person,
                min(rank) over () = rank as is_surest
            from (
                select
                    i.given ->> 'type' || ':' || identity.keyed_hash(
                        {{ normalised_identifier("(i.given ->> 'type')", "(i.given ->> 'value')") }}
                    ) as person,
                    case i.given ->> 'type' when 'customer_number' then 1 else 2 end as rank
                from jsonb_array_elements({{ row }}.identifiers) as i (given)
                where
                    i.given ->> 'type' in ('customer_number', 'email')
                    and i.given ->> 'how_known' in ('verified', 'declared')
                union all
                select
                    'account:' || {{ row }}.account_id as person,
                    3 as rank
                where {{ row }}.account_id is not null
                union all
                select
                    'nobody:' || identity.keyed_hash(i.given ->> 'type' || ':' || (i.given ->> 'value')) as person,
                    4 as rank
                from jsonb_array_elements({{ row }}.identifiers) as i (given)
            ) as given_names
        ) as g
        where g.is_surest and g.person is not null
    )
{%- endmacro %}

{#
  Whom the names of `persons_named` are, of a relation with `person` and `site`: how many customers each could be, and
  which where that is one. A row of the CRM goes before an account, one of the file's own site before others.
#}
{% macro persons_resolved(names) -%}
    (
        select
            person,
            site,
            count(distinct customer_id) as candidates,
            min(customer_id) as customer_id,
            min(anchor_id) as anchor_id
        from (
            select
                w.person,
                w.site,
                n.customer_id,
                n.anchor_id,
                rank() over (
                    partition by w.person, w.site order by n.is_crm desc, (n.site = w.site) desc
                ) as surest
            from (select distinct person, site from {{ names }}) as w
            inner join {{ ref('int_persons_certain') }} as n on w.person = n.person
        ) as ranked
        where surest = 1
        group by person, site
    )
{%- endmacro %}

{#
  The product of the seed that a name is, as `product` and its `family`, after `cross join`: by its own name or number,
  its family's, or what else people call it. A name of no product is its own.
#}
{% macro product_meant(name, alias) -%}
    lateral (
        select
            coalesce(max(found.product), trim({{ name }})) as product,
            coalesce(max(found.family), trim({{ name }})) as family,
            count(found.family) > 0 as is_known
        from (
            select
                coalesce(p.product, p.family) as product,
                p.family
            from {{ ref('products') }} as p
            where
                lower(trim({{ name }})) in (lower(p.product), lower(p.sku))
                or p.product is null and lower(trim({{ name }})) = lower(p.family)
                or lower(trim({{ name }})) = any(string_to_array(lower(p.synonyms), '|'))
            order by
                lower(trim({{ name }})) in (lower(p.product), lower(p.sku)) desc nulls last,
                p.product is null desc, {{ bytewise('p.family') }} asc, {{ bytewise('p.product') }} asc
            limit 1
        ) as found
    ) as {{ alias }}
{%- endmacro %}

{# `where` condition that an identifier counts for nothing: so many hold it, or a person said so. #}
{% macro is_blocked(i) -%}
    (
        identity.code_of({{ i }}.value_hash) in (select b.code from {{ source('identity', 'blocked_values') }} as b)
        or ({{ i }}.type, {{ i }}.value_hash) in (
            select
                d.kind,
                d.value_hash
            from {{ source('identity', 'standing_decisions') }} as d
            where d.verdict = 'block'
        )
    )
{%- endmacro %}
