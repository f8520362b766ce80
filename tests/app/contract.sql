-- What the app asks of the marts, in its smallest form: the names and types it selects, with a few rows.
-- Moments are told from now, so that silent and fresh stay what they are.

create schema marts;
create schema identity;

create table marts.kpi_channel_daily (day date, channel text);
insert into marts.kpi_channel_daily values ('2026-09-01', 'mail'), ('2026-11-20', 'mail'), ('2026-11-20', 'forum');

create function marts.service_kpis(from_day date, to_day date, channels text[] default null, panels text[] default null)
returns table (
    grouping_channel text, waits_opened integer, waits_acknowledged integer, waits_answered integer,
    waits_open integer, answered_rate numeric, response_minutes_n integer, response_minutes_median numeric,
    response_minutes_p90 numeric, promises_due integer, promises_kept integer, promise_kept_rate numeric,
    first_response_n integer, first_response_minutes_median numeric, response_open_minutes_n integer,
    response_open_minutes_median numeric, response_open_minutes_p90 numeric
) language sql as $$
    values
    (null::text, 1240, 1200, 1240, 0, 1.0, 1200, 220.0, 4560.0, 1000, 750, 0.75,
     900, 125.0, 1180, 45.0, 190.0),
    ('mail', 1240, 1200, 1240, 0, 1.0, 1200, 220.0, 4560.0, 1000, 750, 0.75,
     4, 125.0, 1180, 45.0, 190.0)
$$;

create function marts.resolution_kpis(from_day date, to_day date, channels text[] default null, panels text[] default null)
returns table (
    grouping_channel text, conversations_opened integer, conversations_resolved integer, resolutions integer,
    reopens integer, resolution_n integer, resolution_minutes_median numeric, resolution_minutes_p90 numeric,
    one_touch_n integer, one_touch_rate numeric
) language sql as $$ values (null::text, 500, 420, 432, 12, 400, 3000.0, 9000.0, 250, 0.625) $$;

create function marts.satisfaction_kpis(from_day date, to_day date, channels text[] default null, panels text[] default null)
returns table (
    grouping_channel text, rating_n integer, rating_mean numeric, csat_asked integer, csat_responses integer,
    csat_rate numeric, csat_response_rate numeric, nps_asked integer, nps_responses integer, nps numeric,
    promoters integer, passives integer, detractors integer, nps_response_rate numeric
) language sql as $$
    values
    (null::text, 50, 0.84, 200, 80, 0.8125, 0.4, 100, 40, -12.5, 10, 15, 15, 0.4),
    ('mail', 0, null, 200, 80, 0.8125, 0.4, 100, 3, -33.3, 1, 0, 2, 0.03)
$$;

create table marts.source_health (
    source text, type text, site text, answerable text, panel text[], owner text, last_status text,
    last_run_at timestamptz, last_finished_at timestamptz, last_error text, pages integer, records_read bigint,
    records_new bigint, records_changed bigint, records_unchanged bigint, records_repaired bigint,
    records_rejected bigint, pages_waiting bigint, messages bigint, newest_message_at timestamptz,
    freshness_n integer, freshness_minutes_median numeric, freshness_minutes_p95 numeric,
    alarms text[] not null default '{}', last_gap text, last_gap_at timestamptz, last_layout_change_at timestamptz,
    silent_since timestamptz, usual_gap_minutes numeric
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

update marts.source_health set alarms = '{failed}' where source in ('broken', 'cut');
update marts.source_health set
    alarms = '{silent,gap,later}', silent_since = '2026-11-02 10:00+01', usual_gap_minutes = 4320,
    last_gap = 'older than <b>1,000</b> statuses', last_gap_at = '2026-11-18 08:30+01'
where source = 'mute';
update marts.source_health set alarms = '{layout-changed}', last_layout_change_at = '2026-11-19 06:00+01'
where source = 'new';
update marts.source_health set panel = '{forums,national}' where source = 'well';

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
    waits integer, answered_waits integer, open_waits integer, ratings integer
);
insert into marts.dim_customers values
('c1', 'Jade <b>Essai', 2, '{forum,mail}', '2026-09-01 08:00+02', '2026-11-20 10:00+01', 3, 'T-1001', 'famille',
 'fr', '2019-03-01', 2, 1, 1, 1),
('c2', '=Zack', 1, '{forum}', '2026-09-02 08:00+02', '2026-11-19 10:00+01', 1, null, null, null, null, 0, 0, 0, 0),
('c3', 'Only In CRM', 0, '{}', null, null, 0, 'T-2000', null, 'fr', null, 0, 0, 0, 0);

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
    scale_max numeric, text_withheld boolean not null default false
);
insert into marts.customer_timeline values
('c1', '2026-11-19 10:00+01', 'message', 'forum', 'well', 'f:jade', 'f/1', 'f-1', 'Carte', '<script>x</script>',
 'https://forum.example/1', null, null, null, null),
('c1', '2026-11-19 11:00+01', 'answer', 'forum', 'well', 'f:us', 'f/1', 'f-2', null, 'Bonjour Jade', null, null,
 null, null, null),
('c1', '2026-11-20 10:00+01', 'rating', 'mail', 'survey', 'm:jade', null, null, null, null, null, 'csat', 4, 1, 5);
