-- Who looks at a pair and cannot tell decides nothing of it: such a row moves no account, so no refresh takes it up.
create table decisions.unsure_pairs (
    unsure_id bigint generated always as identity primary key,
    one text not null,
    other text not null,
    reason text not null default '',
    decided_by text not null,
    decided_at timestamptz not null default clock_timestamp(),
    check (one < other collate "C")
);
create index on decisions.unsure_pairs (one, other);
comment on table decisions.unsure_pairs is
'Pairs of nodes of which somebody could not tell whether they are one: asked again after all others. Append-only; changes no figure.';
