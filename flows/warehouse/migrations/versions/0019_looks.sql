create table decisions.looks (
    look_id bigint generated always as identity primary key,
    customer_id text not null,
    looked_by text not null,
    subject text,
    roles text[] not null,
    looked_at timestamptz not null default clock_timestamp()
);
create index on decisions.looks (customer_id, looked_at);
create index on decisions.looks (looked_at);
comment on table decisions.looks is
'Who looked at which customer''s page in the app, and when. Append-only: the app adds rows and cannot read them.';
comment on column decisions.looks.looked_by is 'As it stands with decisions; without a sign-in a name that somebody gave, or nothing.';
comment on column decisions.looks.subject is 'The id that the sign-in''s provider has for them; null where nobody was asked who they are.';
