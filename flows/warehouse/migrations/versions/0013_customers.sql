-- Who is one customer. A node is an account or a row of the CRM (`crm:<site>:<number>`). Ids are drawn once and
-- never deleted; what people decide is about nodes, which stay, never about customers, whose ids move.

create table identity.runs (
    run_id bigint generated always as identity primary key,
    refresh_id bigint not null,
    is_full boolean not null,
    rule_version text not null,
    nodes integer not null default 0,
    population integer not null default 0,
    pairs integer not null default 0,
    joined integer not null default 0,
    review integer not null default 0,
    cut integer not null default 0,
    moved integer not null default 0,
    flagged integer not null default 0,
    seconds real not null default 0,
    ran_at timestamptz not null default clock_timestamp()
);
comment on table identity.runs is
'One row a time that customers were made out, with what was looked at and what came of it. Written by identify.';

create table identity.customers (
    customer_id text primary key,
    issued bigint not null unique,
    status text not null check (status in ('standing', 'merged', 'gone', 'erased')),
    merged_into text references identity.customers,
    anchor text,
    created_run bigint not null references identity.runs,
    created_at timestamptz not null default clock_timestamp(),
    check ((status = 'merged') = (merged_into is not null))
);
create index on identity.customers (merged_into) where merged_into is not null;
comment on table identity.customers is
'Every id that was ever given to a customer. One that was merged says into which; none is ever deleted. Written by identify.';
comment on column identity.customers.issued is 'Counts up: of two customers that are merged the older keeps its id.';
comment on column identity.customers.anchor is 'The row of the CRM that the id stays with.';

create table identity.lexicon (
    is_only boolean primary key default true check (is_only),
    content bytea not null,
    population integer not null,
    rule_version text not null,
    learnt_at timestamptz not null default clock_timestamp()
);
comment on table identity.lexicon is
'What handles and names are often made of here: learnt from all, kept until there are twice as many. Written by identify.';

-- The 64 bits of a keyed hash by which values are compared.
create function identity.code_of(value_hash text) returns bigint
language sql immutable strict parallel safe
return set_bit(
    ('x' || left(value_hash, 16))::bit(64), 0, 1 - get_bit(('x' || left(value_hash, 16))::bit(64), 0)
)::bigint;

create table identity.account_values (
    node_id text not null,
    kind smallint not null,
    code bigint not null,
    known smallint not null,
    is_certain boolean not null,
    is_generic boolean not null,
    can_join boolean not null,
    is_crm boolean not null,
    site text not null,
    name_code bigint,
    primary key (node_id, kind, code)
);
create index on identity.account_values (code, kind);
comment on table identity.account_values is
'What nodes hold, as codes: given identifiers, and what is made of names and handles. Written by identify.';
comment on column identity.account_values.is_generic is 'It stands for nobody: a role mailbox, a placeholder, a number that has ended.';
comment on column identity.account_values.name_code is 'Code of the node''s name: how many names a value has.';

create table identity.memberships (
    node_id text primary key,
    customer_id text not null references identity.customers,
    is_crm boolean not null,
    how text not null,
    evidence text,
    run_id bigint not null references identity.runs
);
create index on identity.memberships (customer_id);
comment on table identity.memberships is
'Which customer each account and row of the CRM is: exactly one. Written by identify.';

create table identity.membership_history (
    node_id text not null,
    valid_from timestamptz not null,
    valid_to timestamptz not null default 'infinity',
    customer_id text not null references identity.customers,
    run_id bigint not null references identity.runs,
    primary key (node_id, valid_from)
);
create index on identity.membership_history (customer_id);
comment on table identity.membership_history is
'Which customer each node was, from when until when: that of a moment has valid_from <= moment < valid_to. Written by identify.';

create table identity.customer_events (
    event_id bigint generated always as identity primary key,
    run_id bigint not null references identity.runs,
    kind text not null check (kind in ('created', 'merged', 'split', 'moved', 'revived', 'gone', 'erased')),
    customer_id text not null,
    other_customer_id text,
    node_id text,
    cause text not null,
    happened_at timestamptz not null default clock_timestamp()
);
create index on identity.customer_events (customer_id);
create index on identity.customer_events (other_customer_id) where other_customer_id is not null;
comment on table identity.customer_events is
'What happened to customers, with the cause: evidence, a decision, an erasure. Append-only. Written by identify.';

create table identity.edges (
    one text not null,
    other text not null,
    status text not null check (status in ('joined', 'review', 'rejected', 'cut', 'blocked')),
    bits real not null,
    probability real not null,
    rule text,
    evidence jsonb not null,
    rule_version text not null,
    run_id bigint not null references identity.runs,
    primary key (one, other),
    check (one < other collate "C")
);
create index on identity.edges (other);
create index on identity.edges (probability desc) where status = 'review';
comment on table identity.edges is
'Pairs of nodes that something speaks for, with the evidence in bits by feature. Written by identify.';
comment on column identity.edges.rule is 'Why a pair is not joined though the evidence would do: the limit or decision that refuses it.';

create table identity.households (
    one text not null,
    other text not null,
    run_id bigint not null references identity.runs,
    primary key (one, other)
);
create index on identity.households (other);
comment on table identity.households is
'Nodes of people who live together: a link of its own kind, never a merge. Written by identify.';

create view identity.cut_edges as
select one, other, bits, rule, evidence, rule_version, run_id from identity.edges where status in ('cut', 'blocked');
comment on view identity.cut_edges is 'Pairs that evidence would join and a rule or a person keeps apart.';

create table identity.blocked_values (
    kind smallint not null,
    code bigint not null,
    reason text not null,
    run_id bigint not null references identity.runs,
    primary key (kind, code)
);
comment on table identity.blocked_values is
'Values that count for nothing because of who holds them: too many, a box, a placeholder. Written by identify.';

create table identity.suppressions (
    value_hash text primary key,
    key_version integer not null,
    kind text not null check (kind in ('account', 'identifier')),
    erased_at timestamptz not null default clock_timestamp()
);
comment on table identity.suppressions is
'What is left of people who were erased: keyed hashes, so that the next crawl does not join them again. Written by forget.';

-- What people decide, row by row; undoing is a row that names the one it takes back.
create table decisions.identity (
    decision_id bigint generated always as identity primary key,
    verdict text not null check (verdict in ('same', 'not_same', 'block', 'pin', 'undo')),
    one text,
    other text,
    kind text,
    value_hash text,
    value text,
    undoes bigint references decisions.identity,
    reason text not null,
    decided_by text not null,
    decided_at timestamptz not null default clock_timestamp(),
    check (
        case verdict
            when 'undo' then undoes is not null
            when 'block' then kind is not null and value_hash is not null
            when 'pin' then one is not null and kind is not null and value is not null
            else one is not null and other is not null and one <> other
        end
    )
);
create index on decisions.identity (one) where one is not null;
create index on decisions.identity (other) where other is not null;
create index on decisions.identity (undoes) where undoes is not null;
comment on table decisions.identity is
'What people decided of accounts: same, not the same, a value that counts for nothing, a value that stands. Append-only; undoing is a row.';
comment on column decisions.identity.one is 'An account or row of the CRM. Decisions are about these, never about customers, whose ids move.';
comment on column decisions.identity.kind is 'Of block: the kind of identifier. Of pin: the field of dim_customers.';

-- The last word: decisions that nobody took back, and of those that contradict each other the last.
create view identity.standing_decisions as
with standing as (
    select d.* from decisions.identity as d
    where d.verdict <> 'undo'
        and not exists (select from decisions.identity as u where u.verdict = 'undo' and u.undoes = d.decision_id)
)

select distinct on (topic)
    decision_id, verdict, one, other, kind, value_hash, value, reason, decided_by, decided_at
from (
    select
        s.decision_id, s.verdict, s.kind, s.value_hash, s.value, s.reason, s.decided_by, s.decided_at,
        case when s.verdict in ('same', 'not_same') then least(s.one collate "C", s.other) else s.one end as one,
        case when s.verdict in ('same', 'not_same') then greatest(s.one collate "C", s.other) end as other,
        case s.verdict
            when 'block' then array['block', s.kind, s.value_hash]
            when 'pin' then array['pin', s.one, s.kind]
            else array['pair', least(s.one collate "C", s.other), greatest(s.one collate "C", s.other)]
        end as topic
    from standing as s
) as t
order by topic, decision_id desc;
comment on view identity.standing_decisions is
'Decisions in force: taken back ones are left out, and the last on one pair, value or field counts.';
