alter table identity.suppressions drop constraint suppressions_kind_check;
alter table identity.suppressions add constraint suppressions_kind_check
check (kind in ('account', 'identifier', 'author', 'record'));
comment on column identity.suppressions.kind is
'account, identifier: nothing of these is put together again. author, record: nothing of these is stored again.';

create table ops.erasures (
    erasure_id bigint generated always as identity primary key,
    erased_at timestamptz not null default clock_timestamp(),
    erased_by text not null,
    reason text not null default '',
    customers text[] not null,
    accounts integer not null,
    erased jsonb not null,
    is_finished boolean not null default false
);
comment on table ops.erasures is
'People who were erased: when, by whom, how many rows of each table. Names nobody. Written by forget.';
comment on column ops.erasures.is_finished is 'False until the marts were built without them and the tables written anew.';

-- A typed address, number or name in the ways in which the marts hash one.
create function identity.typed_hashes(words text) returns text[]
language sql stable parallel safe
as $$
    select array_remove(array[
        identity.keyed_hash(lower(trim(words))),
        identity.keyed_hash(upper(regexp_replace(words, '\s', '', 'g'))),
        identity.keyed_hash(nullif(identity.written_telephone(words), '')),
        identity.keyed_hash('+' || nullif(regexp_replace(words, '[^0-9]', '', 'g'), ''))
    ], null)
$$;
comment on function identity.typed_hashes(text) is
'A typed address, number or name, hashed in the ways in which the marts hash one.';
