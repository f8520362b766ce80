create table decisions.assigned (
    assignment_id bigint generated always as identity primary key,
    message_id text not null,
    assignee text check (assignee <> ''),
    decided_by text not null,
    decided_at timestamptz not null default clock_timestamp()
);
create index on decisions.assigned (message_id, assignment_id);
comment on table decisions.assigned is
'Who takes care of what waits, by the message that it opened with; a row without a name gives it back to all.';

alter table decisions.handled drop constraint handled_verdict_check;
alter table decisions.handled add constraint handled_verdict_check
check (verdict in ('outside', 'not_for_us', 'noise', 'copy', 'undo'));
alter table decisions.handled add column copy_of text check ((copy_of is not null) = (verdict = 'copy'));
comment on column decisions.handled.copy_of is 'The message that it is a copy of, and that is answered in its stead.';
comment on table decisions.handled is
'What people decided of a wait: answered elsewhere, not for us, noise, a copy of another; undoing is a row.';
