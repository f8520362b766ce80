-- What texts say. No text is kept here, only where in it the words stand that prove a label.

create table understanding.analysers (
    speed text primary key,
    analyser text,
    version text,
    accepted_at timestamptz not null default clock_timestamp(),
    is_complete boolean not null default false
);
comment on table understanding.analysers is
'The accepted version of each analyser: a newer one reads what is new, and nothing again. Written by understand.';
comment on column understanding.analysers.speed is
'The analyser''s name in the setting: fast, standard, or an entry point.';
comment on column understanding.analysers.version is 'Empty while there was nothing to read.';
comment on column understanding.analysers.is_complete is
'False where stored messages may wait for it besides those that a refresh touches.';

create table understanding.messages (
    message_id text primary key,
    text_hash bytea not null,
    posted_at timestamptz not null,
    is_company boolean not null,
    speed text not null,
    analyser text not null,
    version text not null,
    understood_at timestamptz not null default clock_timestamp(),
    language text,
    language_probability real,
    intent text,
    intent_probability real,
    second_intent text,
    second_intent_probability real,
    sentiment text,
    sentiment_probability real,
    answerable text,
    answerable_probability real,
    journey text,
    journey_probability real,
    settled text,
    settled_probability real,
    noise text,
    noise_probability real,
    noise_reason text,
    noise_reason_probability real,
    reply_kind text,
    reply_kind_probability real,
    evidence jsonb not null default '{}'
);
create index on understanding.messages (text_hash);
create index on understanding.messages (speed, version);
comment on table understanding.messages is
'One row a message that was understood: a value and its probability a task. Written by understand.';
comment on column understanding.messages.text_hash is
'Of all that the analyser was given: a text that changed has another.';
comment on column understanding.messages.speed is 'Which of the setting''s analysers read it last.';
comment on column understanding.messages.evidence is
'By task, the spans of characters (first, one after the last) that prove the label.';

create table understanding.mentions (
    message_id text not null references understanding.messages on delete cascade,
    place integer not null,
    kind text not null,
    value text not null,
    span_start integer not null,
    span_end integer not null,
    probability real not null,
    details jsonb not null default '{}',
    primary key (message_id, place)
);
comment on table understanding.mentions is
'What messages name: products, topics, places, dates, competitors, aspects. Written by understand.';

create table understanding.copies (
    message_id text primary key references understanding.messages on delete cascade,
    posted_at timestamptz not null,
    bands bigint[] not null,
    group_id text not null
);
create index on understanding.copies using gin (bands);
create index on understanding.copies (posted_at);
create index on understanding.copies (group_id);
comment on table understanding.copies is
'Signatures of messages in a sliding window: those that share a band may be copies of one. Written by understand.';

-- Search by meaning needs pgvector. Without it there is no table, and the words are searched.
do $$
declare
    place text;
begin
    if exists (select from pg_available_extensions where name = 'vector') then
        create extension if not exists vector with schema public;
        select n.nspname into place
        from pg_extension as e inner join pg_namespace as n on e.extnamespace = n.oid
        where e.extname = 'vector';
        execute format(
            'create table understanding.embeddings (text_hash bytea not null, model text not null,'
            ' embedding %I.vector(384) not null, primary key (text_hash, model))', place
        );
        comment on table understanding.embeddings is
        'What texts mean as a vector, one a text and model. Written by understand.';
    end if;
exception when insufficient_privilege then
    raise notice 'search by meaning needs the extension vector: create extension vector';
end
$$;

-- What people say that a text says, message by message; the last row of a task counts, one without a value takes
-- back.
create table decisions.labels (
    label_id bigint generated always as identity primary key,
    message_id text not null,
    task text not null,
    value text,
    decided_by text not null,
    decided_at timestamptz not null default clock_timestamp()
);
create index on decisions.labels (message_id, task, label_id);
comment on table decisions.labels is
'What people say of what a message says, before any analyser; taking it back is a row without a value.';

-- Decisions of each kind have numbers of their own.
alter table ops.decisions_claimed add column kind text not null default 'handled';
alter table ops.decisions_claimed alter column kind drop default;
alter table ops.decisions_claimed drop constraint decisions_claimed_pkey;
alter table ops.decisions_claimed add primary key (kind, decision_id);
comment on table ops.decisions_claimed is
'Decisions that a refresh has taken up, by the table of decisions that holds them. Written by refresh.';
