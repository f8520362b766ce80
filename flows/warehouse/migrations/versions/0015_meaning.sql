-- Numbers of 16 bits: half the table to read for each search. Without pgvector there is no table.
do $$
declare
    place text := (
        select n.nspname from pg_type as t inner join pg_namespace as n on t.typnamespace = n.oid
        where t.typname = 'halfvec'
    );
begin
    if place is not null and to_regclass('understanding.embeddings') is not null then
        execute format('alter table understanding.embeddings alter column embedding type %I.halfvec(384)', place);
    end if;
end
$$;

-- Who may ask for texts that are like another gets ids and how like they are: no text, and no vector of one. Where
-- the operators stand is looked up: pgvector may come later, and in a schema of its own.
create function understanding.alike(
    sought real[], of_model text, topics text[], since timestamptz, until timestamptz, most integer
) returns table (message_id text, likeness real)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    place text := (
        select n.nspname from pg_type as t inner join pg_namespace as n on t.typnamespace = n.oid
        where t.typname = 'halfvec'
    );
begin
    if place is null or to_regclass('understanding.embeddings') is null then
        raise feature_not_supported using message = 'search by meaning needs the extension vector';
    end if;
    -- The index is read on until enough of the period are found; they are ordered again below.
    perform set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', '200', true);
    return query execute format(
        'with near as ('
        '     select u.message_id, e.embedding operator(%1$I.<#>) $1::%1$I.halfvec as distance, 0 as more'
        '     from understanding.embeddings as e'
        '     inner join understanding.messages as u on e.text_hash = u.text_hash'
        '     where e.model = $2 and not u.is_company and u.posted_at >= $4 and u.posted_at < $5'
        '     order by e.embedding operator(%1$I.<#>) $1::%1$I.halfvec limit $6'
        ' ), named as ('
        '     select u.message_id, e.embedding operator(%1$I.<#>) $1::%1$I.halfvec as distance, 0.3 as more'
        '     from understanding.embeddings as e'
        '     inner join understanding.messages as u on e.text_hash = u.text_hash'
        '     where e.model = $2 and not u.is_company and u.posted_at >= $4 and u.posted_at < $5'
        '         and cardinality($3) > 0 and exists ('
        '             select from understanding.mentions as n'
        '             where n.message_id = u.message_id and n.kind = ''topic'' and n.value = any($3)'
        '         )'
        '     order by e.embedding operator(%1$I.<#>) $1::%1$I.halfvec limit $6'
        ' )'
        ' select f.message_id, max(f.more - f.distance)::real as likeness'
        ' from (select * from near union all select * from named) as f'
        ' group by f.message_id order by likeness desc, f.message_id collate "C" limit $6',
        place
    ) using sought, of_model, topics, since, until, most;
end
$$;
revoke all on function understanding.alike(real[], text, text[], timestamptz, timestamptz, integer) from public;
comment on function understanding.alike(real[], text, text[], timestamptz, timestamptz, integer) is
'Customers'' messages of a period that mean what a vector of length 1 does, the likest first: the product of both, and
.3 more where a message names one of the topics.';

create table understanding.themes (
    theme_id bigint generated always as identity primary key,
    name text not null unique,
    words jsonb not null,
    found_at timestamptz not null,
    seen_at timestamptz not null
);
comment on table understanding.themes is
'What many customers write about and no declared topic names. Written by understand.';
comment on column understanding.themes.name is 'Its most telling words; it keeps them while the theme goes on.';
comment on column understanding.themes.words is 'By language, the words that tell its messages from all others.';
comment on column understanding.themes.seen_at is
'As of when it was found last: an older one than the last search is over.';

create table understanding.theme_messages (
    theme_id bigint not null references understanding.themes on delete cascade,
    message_id text not null references understanding.messages on delete cascade,
    likeness real not null,
    primary key (theme_id, message_id)
);
create index on understanding.theme_messages (message_id);
comment on table understanding.theme_messages is
'Messages of a theme, and how near its middle. Written by understand.';

create table understanding.theme_searches (
    searched_at timestamptz primary key,
    model text not null,
    first_at timestamptz,
    last_at timestamptz,
    messages integer not null,
    themes integer not null
);
comment on table understanding.theme_searches is
'When themes were looked for, and in which messages: recent ones of customers that name no topic. By understand.';
