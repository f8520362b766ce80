-- What the app asks of the marts, in its smallest form: the names and types it selects, with a few rows.
-- Moments are told from now, so that silent and fresh stay what they are.

create schema marts;
create schema identity;

create table marts.kpi_channel_daily (day date, channel text);
insert into marts.kpi_channel_daily values ('2026-09-01', 'mail'), ('2026-11-20', 'mail'), ('2026-11-20', 'forum');

-- Filled from the project's own seed.
create table marts.dim_kpis (
    place integer, kpi text, unit text, better text, min_n integer, clock text, label_en text, label_fr text,
    definition_en text, definition_fr text, population_en text, population_fr text, counted_en text, counted_fr text
);

create function marts.kpis(
    first date, last date, grain text default null, names text[] default null, channels text[] default null,
    panels text[] default null, at_age interval default null
)
returns table (kpi text, bucket date, channel text, value numeric, n integer, low numeric, high numeric)
language sql as $$
    select k.kpi, first, c.channel, k.value, case c.channel when 'mail' then k.n_mail else k.n end, null::numeric, null::numeric
    from (values (null), ('mail')) as c (channel)
    cross join (
        values
        ('waits_opened', 1240, 1240, 1240), ('waits_open', 0, 0, 0), ('answered_rate', 1.0, 1240, 1240),
        ('handled_rate', 1.0, 1240, 1240), ('excluded_rate', 0, 1240, 1240),
        ('response_minutes_median', 220.0, 1200, 1200), ('response_minutes_p90', 4560.0, 1200, 1200),
        ('response_open_minutes_median', 45.0, 1180, 1180), ('response_open_minutes_p90', 190.0, 1180, 1180),
        ('promise_kept_rate', 0.75, 1000, 1000), ('first_response_minutes_median', 125.0, 900, 4),
        ('resolution_minutes_median', 3000.0, 400, 0), ('one_touch_rate', 0.625, 420, 0), ('reopens', 12, 500, 0),
        ('csat_rate', 0.8125, 80, 80), ('csat_response_rate', 0.4, 200, 200), ('nps', -12.5, 40, 3),
        ('nps_response_rate', 0.4, 100, 100), ('rating_mean', 0.84, 50, 0),
        ('net_sentiment', -18.0, 2400, 3), ('neutral_rate', 0.42, 2400, 3)
    ) as k (kpi, value, n, n_mail)
    where names is null or k.kpi = any(names)
$$;

create table marts.source_health (
    source text, type text, site text, answerable text, panel text[], owner text, last_status text,
    last_run_at timestamptz, last_finished_at timestamptz, last_error text, pages integer, records_read bigint,
    records_new bigint, records_changed bigint, records_unchanged bigint, records_repaired bigint,
    records_rejected bigint, pages_waiting bigint, messages bigint, newest_message_at timestamptz,
    freshness_n integer, freshness_minutes_median numeric, freshness_minutes_p95 numeric,
    last_gap text, last_gap_at timestamptz, last_layout_change_at timestamptz,
    usual_gap_minutes numeric, messages_unreadable bigint not null default 0,
    messages_dated_ahead bigint not null default 0, knows_nobody boolean not null default false
);
insert into marts.source_health values
('well', 'forum', 'forum.example', 'addressed', '{}', 'nora', 'done', now() - interval '1 hour',
 now() - interval '59 minutes', null, 4, 1300, 20, 3, 1277, 1, 0, 0, 5120, now() - interval '2 hours', 900, 12, 95),
('broken', 'feeds', 'press', 'intent', '{}', null, 'failed', now() - interval '1 day', now() - interval '1 day',
 E'the server answered 503\nTraceback', 1, 10, 0, 0, 10, 0, 2, 3, 40, now() - interval '2 days', 3, 5, 9),
('cut', 'reddit', 'reddit', 'intent', '{}', null, 'interrupted', now() - interval '1 day', null, null, 1, 10, 0, 0,
 10, 0, 0, 1, 40, now() - interval '2 days', 0, null, null),
('mute', 'mastodon', 'piaille.example', 'intent', '{}', null, 'done', now() - interval '1 hour', now(), null, 1, 0,
 0, 0, 0, 0, 0, 0, 40, now() - interval '20 days', 40, 4, 30),
('new', 'mailbox', 'mail', 'all', '{}', null, null, null, null, null, 0, 0, 0, 0, 0, 0, 0, 0, 0, null, 0, null, null);

update marts.source_health set
    usual_gap_minutes = 4320,
    last_gap = 'older than <b>1,000</b> statuses', last_gap_at = '2026-11-18 08:30+01'
where source = 'mute';
update marts.source_health set last_layout_change_at = '2026-11-19 06:00+01'
where source = 'new';
update marts.source_health set messages_dated_ahead = 7, knows_nobody = true where source = 'cut';
update marts.source_health set panel = '{forums,national}' where source = 'well';

create function marts.source_alarms(at timestamptz)
returns table (source text, alarms text[], silent_since timestamptz)
language sql stable as $$
    select
        h.source,
        case
            when h.source in ('broken', 'cut') then '{failed}'::text[]
            when h.source = 'mute' then '{silent,gap,later}'
            when h.source = 'new' then '{layout-changed}'
            else '{}'
        end,
        case h.source when 'mute' then '2026-11-02 10:00+01'::timestamptz end
    from marts.source_health as h
$$;

create table marts.dim_sources (
    source text, type text, site text, channels text[], panel text[], owner text, can_join boolean,
    show_text boolean, keep_days integer
);
insert into marts.dim_sources
select h.source, h.type, h.site, '{forum}', h.panel, h.owner, h.source <> 'cut', h.source <> 'cut',
    case h.source when 'cut' then 30 end
from marts.source_health as h;

create table marts.source_runs (
    run_id text, source text, status text, started_at timestamptz, finished_at timestamptz, seconds numeric,
    pages integer, read bigint, new bigint, changed bigint, unchanged bigint, repaired bigint, rejected bigint,
    error text
);
insert into marts.source_runs values
('1', 'well', 'done', '2026-11-20 10:00+01', '2026-11-20 10:01+01', 60, 4, 1300, 20, 3, 1277, 1, 0, null),
('2', 'broken', 'failed', '2026-11-20 09:00+01', '2026-11-20 09:01+01', 3.25, 1, 10, 0, 0, 10, 0, 2, 'answered 503');
insert into marts.source_runs (run_id, source, status, started_at, pages, read, new, changed) values
('3', 'mute', 'done', '2026-11-20 08:00+01', 1, 0, 0, 0), ('4', 'mute', 'done', '2026-11-20 07:00+01', 1, 9, 0, 0);

create table marts.source_rejects (
    reject_id bigint, source text, stream text, locator text, reason text, detail text, rejected_at timestamptz
);
insert into marts.source_rejects
select n, 'broken', 'feeds__entries', 'line ' || n, 'damaged JSON', '<b>quote</b> missing', now() - interval '1 day'
from generate_series(1, 12) as n
union all
select 13, 'broken', 'feeds__entries', '=cmd()', 'odd reason', null, now();

create table marts.last_refresh (
    refresh_id bigint, status text, is_full boolean, as_of timestamptz, started_at timestamptz,
    finished_at timestamptz, batches integer, error text
);
insert into marts.last_refresh values
(7, 'done', false, '2026-11-20 10:05+01', '2026-11-20 10:05+01', '2026-11-20 10:06+01', 2, null);

create function identity.keyed_hash(given text) returns text language sql as $$ select md5('key' || given) $$;

create table marts.dim_customers (
    customer_id text, name text, accounts integer, channels text[], first_seen_at timestamptz,
    last_seen_at timestamptz, messages integer, crm_number text, segment text, language text, customer_since date,
    waits integer, answered_waits integer, open_waits integer, ratings integer, complaints integer default 1,
    products text[] default '{carte}'
);
insert into marts.dim_customers values
('c1', 'Jade <b>Essai', 2, '{forum,mail}', '2026-09-01 08:00+02', '2026-11-20 10:00+01', 3, 'T-1001', 'famille',
 'fr', '2019-03-01', 2, 1, 1, 1),
('c2', '=Zack', 1, '{forum}', '2026-09-02 08:00+02', '2026-11-19 10:00+01', 1, null, null, null, null, 0, 0, 0, 0),
('c3', 'Only In CRM', 0, '{}', null, null, 0, 'T-2000', null, 'fr', null, 0, 0, 0, 0);

create table marts.customer_redirects (customer_id text, current_customer_id text, status text);
insert into marts.customer_redirects values
('c1', 'c1', 'standing'), ('c2', 'c2', 'standing'), ('c3', 'c3', 'standing'), ('c9', 'c1', 'standing');

create table marts.customer_accounts (account_id text, customer_id text, how text, evidence text);
insert into marts.customer_accounts values
('m:jade', 'c1', 'verified_email', 'email j***@example.org'), ('f:jade', 'c1', 'crm_handle', null), ('f:zack', 'c2', 'single', null);

create table marts.dim_accounts (
    account_id text, site text, channel text, handle text, display_name text, role text, first_seen_at timestamptz,
    last_seen_at timestamptz, messages integer
);
insert into marts.dim_accounts values
('m:jade', 'mail', 'mail', 'jade.essai', 'Jade Essai', 'customer', '2026-09-01', '2026-11-20', 2),
('f:jade', 'forum', 'forum', 'Jade_92', null, 'customer', '2026-09-01', '2026-11-19', 1),
('f:zack', 'forum', 'forum', 'zack_0', 'Zack', 'customer', '2026-09-02', '2026-11-19', 1);

create table marts.customer_identifiers (
    customer_id text, account_id text, type text, masked text, value_hash text, how_known text
);
insert into marts.customer_identifiers values
('c1', 'm:jade', 'email', 'j***@example.org', md5('key' || 'jade.essai@example.org'), 'wrote from it');

create table marts.customer_timeline (
    customer_id text, at timestamptz, kind text, channel text, source text, account_id text, conversation_id text,
    message_id text, title text, body text, url text, rating_kind text, value numeric, scale_min numeric,
    scale_max numeric, text_withheld boolean not null default false, body_missing text
);
insert into marts.customer_timeline values
('c1', '2026-11-19 10:00+01', 'message', 'forum', 'well', 'f:jade', 'f/1', 'f-1', 'Carte', '<script>x</script>',
 'https://forum.example/1', null, null, null, null),
('c1', '2026-11-19 11:00+01', 'answer', 'forum', 'well', 'f:us', 'f/1', 'f-2', null, 'Bonjour Jade', null, null,
 null, null, null),
('c1', '2026-11-20 10:00+01', 'rating', 'mail', 'survey', 'm:jade', null, null, null, null, null, 'csat', 4, 1, 5);

-- Nothing was decided here.
create schema decisions;
create table decisions.identity (decision_id bigint, verdict text, undoes bigint, decided_by text, decided_at timestamptz);
create table decisions.looks (customer_id text, looked_by text, subject text, roles text[]);
create table decisions.unsure_pairs (
    unsure_id bigint, one text, other text, reason text, decided_by text, decided_at timestamptz
);
create table marts.customer_accounts_now (
    account_id text, customer_id text, made_out_customer_id text, is_pending boolean
);
insert into marts.customer_accounts_now values ('f:jade', null, 'c1', true), ('f:zack', 'c2', 'c2', false);
create table marts.identity_nodes (
    node_id text, customer_id text, is_crm boolean, site text, channel text, name text, handle text, town text,
    how text, evidence text, since timestamptz
);
insert into marts.identity_nodes values
('crm:crm:T-1001', 'c1', true, 'crm', 'crm', 'Jade <b>Essai', null, 'Lyon', 'customer_number', null, '2026-09-01'),
('m:jade', 'c1', false, 'mail', 'mail', 'Jade Essai', 'jade.essai', null, 'verified_email', null, '2026-09-01'),
('f:jade', 'c1', false, 'forum', 'forum', null, 'Jade_92', null, 'crm_handle', null, '2026-09-01'),
('f:zack', 'c2', false, 'forum', 'forum', 'Zack', 'zack_0', null, 'single', null, '2026-09-01'),
('crm:crm:T-2000', 'c3', true, 'crm', 'crm', 'Only In CRM', null, null, 'single', null, '2026-09-01');
create table marts.identity_links (
    one text, other text, one_customer_id text, other_customer_id text, status text, probability numeric,
    bits numeric, evidence jsonb, rule text, verdict text, decided_by text, decided_at timestamptz
);
insert into marts.identity_links values
('crm:crm:T-1001', 'm:jade', 'c1', 'c1', 'joined', 1, 30, '{"prior": -10, "name": 12.5, "email": 27.5}', '', null, null, null),
('f:jade', 'f:zack', 'c1', 'c2', 'review', 0.75, 1.5, '{"prior": -10, "name": 17.5, "same_channel": -6}', '', null, null, null);
create view marts.identity_review as
select one, other, one_customer_id, other_customer_id, probability, bits, evidence, 3.5 as usefulness
from marts.identity_links where status = 'review';
create view marts.identity_quality as select 'accounts' as measure, 3.0 as value union all select 'pairs_to_review', 1;
create table marts.identity_decisions (
    decision_id bigint, verdict text, one text, other text, kind text, value text, reason text, decided_by text,
    decided_at timestamptz, one_customer_id text, other_customer_id text, one_name text, one_channel text,
    other_name text, other_channel text, undone_reason text, undone_by text, undone_at timestamptz,
    is_standing boolean, is_pending boolean
);
insert into marts.identity_decisions values
(2, 'not_same', 'f:jade', 'm:jade', null, null, 'her <i>mother', 'Nora Essai', '2026-11-20 10:00+01', 'c1', 'c1',
 'Jade_92', 'forum', 'Jade Essai', 'mail', null, null, null, true, true),
(1, 'same', 'f:jade', 'f:zack', null, null, 'a guess', 'Hugo Essai', '2026-11-19 10:00+01', 'c1', 'c2', 'Jade_92',
 'forum', 'Zack', 'forum', 'no', 'Nora Essai', '2026-11-19 11:00+01', false, false);
create table marts.customer_service (
    customer_id text, promises_due integer, promises_kept integer, responses integer, response_minutes numeric,
    longest_response_minutes numeric
);
insert into marts.customer_service values ('c1', 4, 3, 5, 125, 4560);
create table marts.customer_households (customer_id text, other_customer_id text);
insert into marts.customer_households values ('c1', 'c2'), ('c2', 'c1');
create table marts.fct_ratings (
    rating_id text, customer_id text, kind text, channel text, value numeric, scale_max numeric, asked_at timestamptz,
    rated_at timestamptz, is_answered boolean
);
insert into marts.fct_ratings values ('r1', 'c1', 'csat', 'mail', 4, 5, null, '2026-11-20 10:00+01', true);
create table decisions.handled (
    decision_id bigint, message_id text, verdict text, answered_at timestamptz, decided_at timestamptz
);
create table marts.fct_waits (
    conversation_id text, channel text, source text, wait_number integer, opened_at timestamptz,
    closed_at timestamptz, decision_id bigint, promise_minutes integer, promise_due_at timestamptz, day date,
    promise_clock text, opening_message_id text, wait_id text, closing_message_id text, closing_kind text,
    response_minutes numeric, promise_kept boolean
);
create table marts.fct_messages (
    message_id text, thread_id text, account_id text, conversation_id text, direction text, is_answerable boolean,
    posted_at timestamptz, day date, native_order bigint, place bigint, title text, body text, body_missing text,
    text_withheld boolean not null default false, copy_group_id text
);
insert into marts.fct_messages (message_id, thread_id, account_id, conversation_id, direction, posted_at, day, body)
select 'f-' || n, 't-' || n, 'f:jade', 'f/' || n, 'customer', '2026-11-20 09:00+01', '2026-11-20', '<b>Où</b> est ma carte'
from generate_series(1, 2) as n;
create table marts.message_mentions (message_id text, kind text, value text);
create table marts.fct_conversations (
    conversation_id text, thread_id text, customer_id text, customer_account_id text, source text, channel text,
    opened_at timestamptz, last_customer_message_at timestamptz, waiting_since timestamptz, waits integer,
    answered_waits integer, customer_messages integer, brand_messages integer
);
insert into marts.fct_conversations (conversation_id, customer_id, channel, waiting_since)
values ('f/1', 'c1', 'forum', '2026-11-20 09:00+01');
create view marts.waits_assigned as select
    null::text as conversation_id, null::timestamptz as posted_at, null::text as assignee where false;
create view marts.dim_topics as select 'delivery' as topic, 'Delivery' as label_en, 'Livraison' as label_fr;
create function marts.topics_of_period(
    first date, last date, channels text[] default null, sources text[] default null, panels text[] default null
)
returns table (
    topic text, messages integer, accounts integer, complaints integer, net_sentiment numeric, n integer
)
language sql as $$ select 'delivery', 120, 80, 64, -41.0, 118 $$;
create view marts.topics_found as select
    1::bigint as theme_id, 'borne · recharge' as name, 31 as messages, 29 as accounts, 12 as complaints,
    18 as last_week, 9 as week_before;
create view marts.waits_changed as select
    null::text as conversation_id, null::text as channel, null::text as source, null::timestamptz as waiting_since,
    null::text as message_id, null::timestamptz as waits_since, null::integer as promise_minutes,
    null::timestamptz as promise_due_at
where false;
create function marts.to_answer(moment timestamptz)
returns table (
    conversation_id text, message_id text, channel text, source text, customer_id text, waits_since timestamptz,
    promise_minutes integer, due_at timestamptz, stands text, severity text, why text[], copies integer,
    copy_group_id text, assignee text
)
language sql as $$
    select
        'f/' || n, 'f-' || n, 'forum', 'well', 'c1', moment - interval '1 hour', 90, moment + interval '20 minutes',
        'can_be_kept', 'middle', '{complaint}'::text[], 1, null::text, null::text
    from generate_series(1, 2) as n
$$;
create view marts.set_aside as select
    null::bigint as decision_id, null::text as message_id, null::text as conversation_id, null::text as channel,
    null::text as source, null::text as customer_id, null::timestamptz as posted_at, null::text as verdict,
    null::text as reason, null::text as copy_of, null::text as decided_by, null::timestamptz as decided_at
where false;
create view marts.standing_alerts as select
    'topic:delivery/2026-11-20T10Z' as burst_id, 'topic' as kind, 'delivery' as value,
    '2026-11-20 11:00+01'::timestamptz as onset_at, current_date as first_day, current_date as last_day, 42 as messages,
    6.0 as expected, 17 as authors, 0.6 as negative_share, true as is_going_on, 'open' as state, 9.0 as score,
    4.0 as threshold;
create function marts.burst_drivers(burst text, most integer default 10)
returns table (kind text, value text, messages integer, share numeric, usual_share numeric)
language sql as $$
    select 'topic', 'delivery', 42, 1.0, null::numeric union all select 'place', 'Angers', 30, 0.71, null
$$;
create table marts.conversation_messages (message_id text, conversation_id text);
