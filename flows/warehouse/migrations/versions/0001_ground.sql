-- The ground: schemas, and the tables that collect (raw, ops.sources, ops.runs) and refresh (ops.refreshes,
-- ops.touched) write. dbt makes its own three schemas. Times are timestamptz, durations are never stored here.

create schema if not exists raw;
create schema if not exists ops;
create schema if not exists understanding;
create schema if not exists identity;
create schema if not exists decisions;

comment on schema raw is 'What was read, as it was read: append-only, versioned. Written by collect.';
comment on schema ops is 'What ran: sources and runs (collect), refreshes and touched keys (refresh).';
comment on schema understanding is 'What texts say, with the analyser''s name and version. Written by understand.';
comment on schema identity is 'Which accounts are one customer, with evidence. Written by identify.';
comment on schema decisions is 'What people decided in the app.';

-- One table a stream -------------------------------------------------------------------------------------

create table raw.files__messages (
    site text not null,
    record_id text not null,
    version integer not null,
    content_hash bytea not null,
    payload jsonb not null,
    native_order bigint not null default 0,
    batch_id bigint not null,
    collected_at timestamptz not null default clock_timestamp(),
    primary key (site, record_id, version)
);
-- Batch ids only grow, and rows are only appended: a block range index costs a load next to nothing.
create index on raw.files__messages using brin (batch_id) with (pages_per_range = 16, autosummarize = on);
comment on table raw.files__messages is
    'One row per version of a message read from a file: the row as it stood in the file and the mapped values.';
comment on column raw.files__messages.native_order is
    'The source''s own order (a line''s place in its file), for ties in time; no part of the hash.';

-- Pages ----------------------------------------------------------------------------------------------------

create table raw.batches (
    batch_id bigint generated always as identity primary key,
    source text not null,
    run_id uuid not null,
    page integer not null,
    read integer not null default 0,
    new integer not null default 0,
    changed integer not null default 0,
    unchanged integer not null default 0,
    repaired integer not null default 0,
    rejected integer not null default 0,
    removed integer not null default 0,
    gap text,
    policy_changed boolean not null default false,
    touches boolean not null,
    refresh_id bigint,
    committed_at timestamptz not null default clock_timestamp()
);
create index batches_unclaimed on raw.batches (batch_id) where refresh_id is null and touches;
create index on raw.batches (source);
create index on raw.batches (refresh_id) where refresh_id is not null;
comment on table raw.batches is
    'One row a page, written in the page''s transaction. refresh_id is the one column that refresh writes: its claim.';
comment on column raw.batches.touches is 'False where nothing changed: such a page wakes no refresh.';
comment on column raw.batches.gap is 'What the source could not reach between this page and what it had before.';

create table raw.cursors (
    source text primary key,
    cursor jsonb not null,
    batch_id bigint not null,
    updated_at timestamptz not null default clock_timestamp()
);
comment on table raw.cursors is 'Where each source goes on from; committed with the page it follows.';

create table raw.states (
    source text not null,
    key text not null,
    value jsonb not null,
    batch_id bigint not null,
    updated_at timestamptz not null default clock_timestamp(),
    primary key (source, key)
);
comment on table raw.states is 'What a source remembers besides its cursor (ETags, watched threads, files read).';

create table raw.counters (
    stream text not null,
    site text not null,
    record_id text not null,
    "values" jsonb not null,
    batch_id bigint not null,
    seen_at timestamptz not null default clock_timestamp(),
    primary key (site, record_id, stream)
);
create index on raw.counters using brin (batch_id) with (pages_per_range = 16, autosummarize = on);
comment on table raw.counters is 'Volatile values (reactions, replies, shares): latest only.';

create table raw.rejects (
    reject_id bigint generated always as identity primary key,
    batch_id bigint not null,
    source text not null,
    stream text not null,
    locator text not null,
    reason text not null,
    detail text not null,
    content bytea not null,
    content_hash bytea not null,
    rejected_at timestamptz not null default clock_timestamp(),
    unique (source, locator, content_hash)
);
comment on table raw.rejects is 'Input that could not become a record, with the reason; the same one is kept once.';

create table raw.tombstones (
    stream text not null,
    site text not null,
    record_id text not null,
    batch_id bigint not null,
    reason text not null,
    deleted_at timestamptz,
    seen_at timestamptz not null default clock_timestamp(),
    primary key (site, record_id, stream, batch_id)
);
create index on raw.tombstones (batch_id);
comment on table raw.tombstones is 'Records that were found gone at their source; deleted_at where it says when.';

-- What ran ---------------------------------------------------------------------------------------------------

create table ops.sources (
    source text primary key,
    type text not null,
    site text not null,
    answerable text not null check (answerable in ('all', 'addressed', 'intent')),
    owned boolean not null,
    brand_id text,
    panel text[] not null default '{}',
    owner text,
    policy jsonb not null default '{}',
    config jsonb not null,
    first_run_at timestamptz not null default clock_timestamp(),
    last_run_at timestamptz not null default clock_timestamp()
);
comment on table ops.sources is 'Each source as it was configured at its last run. Written by collect.';

create table ops.runs (
    run_id uuid primary key,
    source text not null,
    flow_run text,
    status text not null check (status in ('running', 'done', 'rejects', 'failed', 'interrupted')),
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    pages integer not null default 0,
    read integer not null default 0,
    new integer not null default 0,
    changed integer not null default 0,
    unchanged integer not null default 0,
    repaired integer not null default 0,
    rejected integer not null default 0,
    error text
);
create index on ops.runs (source, started_at desc);
comment on table ops.runs is 'One row a run of a source, runs that yielded nothing too. Written by collect.';

create table ops.refreshes (
    refresh_id bigint generated always as identity primary key,
    status text not null check (status in ('running', 'done', 'failed', 'abandoned')),
    is_full boolean not null,
    as_of timestamptz not null,
    project_hash text not null,
    batches integer not null,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz,
    stages jsonb not null default '{}',
    error text
);
create index on ops.refreshes (status) where status in ('running', 'failed');
comment on table ops.refreshes is 'One row a refresh of the marts; as_of is its now. Written by refresh.';

create table ops.touched (
    refresh_id bigint not null,
    kind text not null,
    key text not null,
    primary key (refresh_id, kind, key)
);
comment on table ops.touched is 'Keys (message, thread, account, day) that a refresh must build again.';

create view ops.refresh_now as
select refresh_id, as_of from ops.refreshes where status = 'running';
comment on view ops.refresh_now is 'The refresh that is running: at most one, refreshes hold a lock.';

create view ops.touched_now as
select t.kind, t.key from ops.touched as t inner join ops.refresh_now as r on t.refresh_id = r.refresh_id;
comment on view ops.touched_now is 'The keys of the refresh that is running: what incremental models delete and build.';
