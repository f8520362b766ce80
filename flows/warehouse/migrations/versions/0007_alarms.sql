create table ops.silences (
    source text not null,
    since timestamptz not null,
    told_at timestamptz not null default clock_timestamp(),
    primary key (source, since)
);
comment on table ops.silences is 'Silences of sources that were told as an event: each once. Written by refresh.';
