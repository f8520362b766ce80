-- What runs share of the hosts they ask. robots.txt is an origin's (scheme, host and port), pace is a host's.

create table ops.hosts (
    host text primary key,
    not_before timestamptz not null,
    failures integer not null,
    closed_until timestamptz not null,
    why text not null,
    updated_at timestamptz not null default clock_timestamp()
);
comment on table ops.hosts is 'One row a host that was asked: when it may be asked again. Written by collect.';
comment on column ops.hosts.not_before is 'No request before: the pace, or what Retry-After said.';
comment on column ops.hosts.failures is 'Failures in a row, those of all sources.';
comment on column ops.hosts.closed_until is 'The circuit is open until then: the host is not asked at all.';
comment on column ops.hosts.why is 'The last of the failures in a row; empty where there is none.';

create table ops.robots (
    origin text primary key,
    content text not null,
    read_at timestamptz not null default clock_timestamp()
);
comment on table ops.robots is 'Each origin''s robots.txt as last read, empty where it has none. Written by collect.';

-- They were kept with each source's own state before.
delete from raw.states where key like 'host:%' or key like 'robots:%';
