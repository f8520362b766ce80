create table decisions.alerts (
    decision_id bigint generated always as identity primary key,
    burst_id text not null,
    verdict text not null check (verdict in ('acknowledge', 'snooze', 'close', 'undo')),
    snoozed_until timestamptz,
    reason text not null default '',
    decided_by text not null,
    decided_at timestamptz not null default clock_timestamp(),
    check ((verdict = 'snooze') = (snoozed_until is not null)),
    check (verdict <> 'close' or reason <> '')
);
create index on decisions.alerts (burst_id, decision_id);
comment on table decisions.alerts is
'What people decided of a burst: seen, not now, over and why; undoing is a row.';

create table ops.bursts_told (
    burst_id text primary key,
    series_id text not null,
    alarmed_at timestamptz not null,
    told_at timestamptz not null default clock_timestamp()
);
create index on ops.bursts_told (series_id, alarmed_at);
comment on table ops.bursts_told is 'Bursts that were told as an event: each once. Written by refresh.';
