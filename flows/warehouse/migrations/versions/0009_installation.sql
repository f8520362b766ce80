-- Whose this database is. A schema of ours says so in its comment; a name alone may be another team's.

create table ops.installation (
    id uuid not null default gen_random_uuid(),
    owns_database boolean not null,
    created_at timestamptz not null default clock_timestamp(),
    is_only boolean primary key default true check (is_only)
);
comment on table ops.installation is
    'The one row that this Vigie is: its id marks schemas, Prefect''s database, deployments. Written once.';
comment on column ops.installation.owns_database is
    'True where the database is ours and held nothing else when the row was written: PUBLIC may not connect.';

create table ops.relations (
    schema_name text not null,
    relation_name text not null,
    made_at timestamptz not null default clock_timestamp(),
    primary key (schema_name, relation_name)
);
comment on table ops.relations is
    'Tables, views and functions that dbt makes for us: no other is replaced. Written by refresh.';

-- A warehouse of an older Vigie: what its dbt project made.
with known as (
    select split_part(made, '.', 1) as schema_name, split_part(made, '.', 2) as relation_name
    from unnest(array[
        'staging.stg_bluesky__posts', 'staging.stg_decisions__handled', 'staging.stg_feeds__messages',
        'staging.stg_files__customers', 'staging.stg_files__messages', 'staging.stg_files__ratings',
        'staging.stg_files__statuses', 'staging.stg_forum__posts', 'staging.stg_hackernews__items',
        'staging.stg_mailbox__messages', 'staging.stg_mastodon__statuses', 'staging.stg_ops__sources',
        'staging.stg_reddit__comments', 'staging.stg_reddit__submissions', 'staging.stg_sample__customers',
        'staging.stg_sample__messages', 'staging.stg_sample__ratings', 'staging.stg_stackexchange__posts',
        'staging.stg_telegram__messages', 'staging.brand_accounts', 'staging.calendars',
        'staging.channel_calendars', 'staging.holidays', 'staging.opening_hours', 'staging.promises',
        'staging.site_policies', 'intermediate.int_account_identifiers', 'intermediate.int_crm_latest',
        'intermediate.int_customers_joined', 'intermediate.int_decisions_standing',
        'intermediate.int_messages_directed', 'intermediate.int_messages_latest',
        'intermediate.int_messages_threaded', 'intermediate.int_messages_versions',
        'intermediate.int_openings_counted', 'intermediate.int_ratings_latest',
        'intermediate.int_responses_matched', 'intermediate.int_silences_found',
        'intermediate.int_statuses_latest', 'marts.conversation_messages', 'marts.customer_accounts',
        'marts.customer_identifiers', 'marts.customer_timeline', 'marts.dim_accounts', 'marts.dim_customers',
        'marts.dim_sources', 'marts.fct_conversations', 'marts.fct_messages', 'marts.fct_ratings',
        'marts.fct_resolutions', 'marts.fct_waits', 'marts.kpi_channel_daily', 'marts.last_refresh',
        'marts.open_waits', 'marts.resolution_kpis', 'marts.satisfaction_kpis', 'marts.service_kpis',
        'marts.service_trend', 'marts.source_health', 'marts.source_rejects', 'marts.source_runs'
    ]) as t(made)
)

insert into ops.relations (schema_name, relation_name)
select k.schema_name, k.relation_name
from known as k
inner join pg_namespace as n on k.schema_name = n.nspname
where
    exists (select from pg_class as c where c.relnamespace = n.oid and c.relname = k.relation_name)
    or exists (select from pg_proc as p where p.pronamespace = n.oid and p.proname = k.relation_name);

do $$
declare
    ours constant text[] = array[
        'raw', 'ops', 'understanding', 'identity', 'decisions', 'staging', 'intermediate', 'marts'
    ];
    owns boolean;
    drawn uuid;
    found record;
begin
    -- Ours alone: our role's own database, none that every server has, and nothing in it but what we made.
    select
        pg_get_userbyid(d.datdba) = current_user and d.datname not in ('postgres', 'template1')
        and not exists (
            select 1 from pg_namespace as n
            where n.nspname <> all(ours || array['public', 'information_schema']) and n.nspname !~ '^pg_'
        )
        and not exists (
            select 1 from pg_class as c
            where c.relnamespace = 'public'::regnamespace and c.relname !~ '^vigie_schema_version'
                and not exists (select 1 from pg_depend as e where e.objid = c.oid and e.deptype = 'e')
        )
        and not exists (
            select 1 from pg_proc as p
            where p.pronamespace = 'public'::regnamespace
                and not exists (select 1 from pg_depend as e where e.objid = p.oid and e.deptype = 'e')
        )
    into owns
    from pg_database as d where d.datname = current_database();

    insert into ops.installation (owns_database) values (owns) returning id into drawn;
    for found in
        select n.nspname as name, obj_description(n.oid, 'pg_namespace') as said
        from pg_namespace as n where n.nspname = any(ours)
    loop
        execute format('comment on schema %I is %L', found.name, concat_ws(' ', found.said, 'vigie:' || drawn));
    end loop;
    if owns then
        execute format('revoke all on database %I from public', current_database());
        revoke create on schema public from public;
    end if;
end
$$;
