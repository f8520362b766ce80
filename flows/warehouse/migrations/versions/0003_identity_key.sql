-- Identifiers of people are compared by a keyed hash (HMAC-SHA-256), never by a plain one. The key is drawn here,
-- once an installation; the function that uses it may be called by those who cannot read it.

create table identity.keys (
    version integer primary key,
    inner_pad bytea not null,
    outer_pad bytea not null,
    created_at timestamptz not null default clock_timestamp()
);
comment on table identity.keys is 'The installation''s key, as HMAC''s two pads (key xor 0x36…, key xor 0x5c…).';

with drawn as (
    select sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')) as key
),

padded as (
    select key || decode(repeat('00', 32), 'hex') as key from drawn
)

insert into identity.keys (version, inner_pad, outer_pad)
select
    1,
    decode(string_agg(lpad(to_hex(get_byte(key, i) # 54), 2, '0'), '' order by i), 'hex'),
    decode(string_agg(lpad(to_hex(get_byte(key, i) # 92), 2, '0'), '' order by i), 'hex')
from padded, generate_series(0, 63) as i
group by key;

create function identity.keyed_hash(value text) returns text
language sql stable strict security definer parallel safe set search_path = ''
as $$
    select encode(
        sha256(k.outer_pad || sha256(k.inner_pad || convert_to(value, 'UTF8'))), 'hex'
    )
    from identity.keys as k
    order by k.version desc
    limit 1
$$;
revoke all on function identity.keyed_hash(text) from public;
comment on function identity.keyed_hash(text) is 'HMAC-SHA-256 under the installation''s key, as hex.';

create table decisions.handled (
    decision_id bigint generated always as identity primary key,
    wait_id text not null,
    verdict text not null check (verdict in ('outside', 'not_for_us', 'noise', 'undo')),
    reason text not null,
    answered_at timestamptz,
    decided_by text not null,
    decided_at timestamptz not null default clock_timestamp()
);
comment on table decisions.handled is 'What people decided of a wait: answered elsewhere, not for us, noise; undoing is a row.';
