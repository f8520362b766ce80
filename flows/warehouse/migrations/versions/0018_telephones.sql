-- A number is written in many ways, and names an account in each: +33 6 12 34 56 78, (+33)6…, +49/170/…, 0033 6…,
-- 06.12…, 33612345678, 555-123-4567, whatsapp:+1…, Lou 06 12…, with spaces that do not break and marks of direction
-- around it, in digits of any script.
create function identity.telephone_in(given text) returns text
language sql immutable parallel safe
as $$
    select case
        when given ~ '[٠-٩۰-۹０-９＋]'
            then identity.telephone_in(translate(
                given, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹０１２３４５６７８９＋', '0123456789012345678901234567890123456789+'
            ))
        when
            length(given) < 8
            or given ~ '^([^0-9]*|[[:alnum:]]{16,})$'
            or given ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
            or given ~* '^https?://(?!([a-z]+[.])?(wa[.]me|whatsapp[.]com)/)'
            then null
        else coalesce(
            -- with its +
            substring(given from '(?<![[:alnum:]+])[+][^[:alnum:]]{0,3}(?:[0-9][^[:alnum:]]{0,3}){6,14}[0-9](?![0-9])'),
            -- as it is dialled: 06…, 0033…, in groups or not
            substring(
                given from
                '(?<![[:alnum:]])(?:0[^[:alnum:]:#_]{0,3}){1,2}[1-9](?:[^[:alnum:]:#_]{0,3}[0-9]){7,12}(?![[:alnum:]])'
            ),
            -- with the country before it
            substring(given from '(?<![[:alnum:]])[1-9][0-9]{10,14}(?![[:alnum:]])'),
            -- ten digits that America could have, and in its groups; beside a word the former are a post's number
            case
                when given ~* '^((tel|sms|smsto|mms|callto|phone|signal|viber|wa|whatsapp)[:=_-])?[^[:alpha:]]*$'
                    then substring(given from '(?<![[:alnum:]])[2-9][0-9]{9}(?![[:alnum:]])')
            end,
            substring(given from '(?<![[:alnum:]])[(]?[2-9][0-9]{2}[)]?[-. ]{1,2}[0-9]{3}[-. ][0-9]{4}(?![[:alnum:]])'),
            -- in groups alone, the first of which is no year
            case
                when
                    given !~ '[[:alpha:]]'
                    and given ~ '^[^[:alnum:]]*(?!(19|20)[0-9]{2}[^0-9])[0-9]{1,5}([^[:alnum:]:#_]{1,3}[0-9]{1,6}){2,}[^[:alnum:]]*$'
                    and given ~ '^[^0-9]*([0-9][^0-9]*){9,15}$'
                    then substring(given from '[0-9].*[0-9]')
            end
        )
    end
$$;
comment on function identity.telephone_in(text) is
'The part of a name or id that is, or may be, a telephone number; NULL without one. It is generous: an id more that is hashed harms nobody.';

create function identity.is_telephone(native text) returns boolean
language sql immutable parallel safe
as $$
    select identity.telephone_in(native) is not null
$$;

create function identity.telephones_masked(shown text) returns text
language sql immutable parallel safe
as $$
    select case
        when part is null then shown
        -- Nothing but the number, and what is written around one.
        when
            strpos(shown, part) = 0
            or shown !~ '[[:alpha:]]' and regexp_replace(shown, '[^0-9]', '', 'g') = regexp_replace(part, '[^0-9]', '', 'g')
            then '…' || right(regexp_replace(part, '[^0-9]', '', 'g'), 2)
        else identity.telephones_masked(
            btrim(replace(shown, part, '…' || right(regexp_replace(part, '[^0-9]', '', 'g'), 2)), E'\u200e\u200f\u202a\u202b\u202c ')
        )
    end
    from (select identity.telephone_in(shown) as part) as p
$$;
comment on function identity.telephones_masked(text) is 'A name with `…42` for each telephone number in it.';

-- What certainly is one number, written alike: with a +, as it is dialled, or said to be one. A long number alone may be
-- anybody's: two sites that count from one number up would share their people.
create function identity.telephone_of(native text) returns text
language sql immutable parallel safe
as $$
    select case
        when identity.telephone_in(replace(native, part, ' ')) is not null then null
        when part ~ '^[+0]' then part
        when native ~* '^(tel|sms|smsto|mms|callto|phone|signal|viber|wa|whatsapp)[:=_-]' then '+' || part
    end
    from (select identity.telephone_in(native) as part) as p
$$;
comment on function identity.telephone_of(text) is
'The one telephone number that an account is called by; NULL where it is none for sure, or several.';

create function identity.written_telephone(number text) returns text
language sql immutable parallel safe
as $$
    select regexp_replace(
        regexp_replace(regexp_replace(number, '([+]|00)([0-9]{1,3})[^0-9]*[(]0[)]', '\1\2'), '[^0-9+]', '', 'g'), '^00', '+'
    )
$$;
comment on function identity.written_telephone(text) is 'A telephone number without what people write between its digits.';

create or replace function identity.opaque_id(site text, native text) returns text
language sql stable parallel safe
as $$
    select site || ':' || case
        when native like '%_@_%' or identity.is_telephone(native)
            then left(identity.keyed_hash(site || ':' || native), 24)
        else native
    end
$$;

-- An id as it was made before, as it is made now; that of a row of the CRM says so before the site.
create temporary table former_nodes on commit drop as
select node_id, bool_or(is_crm) as is_crm from identity.memberships group by node_id;

create function pg_temp.renamed(id text) returns text
language sql stable
return identity.opaque_id(split_part(id, ':', 1), substr(id, strpos(id, ':') + 1));

create function pg_temp.renamed_node(id text) returns text
language sql stable
as $$
    select case
        when coalesce((select f.is_crm from former_nodes as f where f.node_id = id), id like 'crm:%:%')
            then 'crm:' || pg_temp.renamed(substr(id, 5))
        else pg_temp.renamed(id)
    end
$$;

update decisions.identity set one = pg_temp.renamed_node(one), other = pg_temp.renamed_node(other)
where one <> pg_temp.renamed_node(one) or other <> pg_temp.renamed_node(other);
update decisions.unsure_pairs as u set one = r.one, other = r.other
from (
    select unsure_id, least(n.one collate "C", n.other) as one, greatest(n.one collate "C", n.other) as other
    from decisions.unsure_pairs
    cross join lateral (select pg_temp.renamed_node(one) as one, pg_temp.renamed_node(other) as other) as n
) as r
where u.unsure_id = r.unsure_id and (u.one, u.other) <> (r.one, r.other);
update identity.customers set anchor = pg_temp.renamed_node(anchor) where anchor <> pg_temp.renamed_node(anchor);
update identity.memberships set node_id = pg_temp.renamed_node(node_id) where node_id <> pg_temp.renamed_node(node_id);
update identity.membership_history set node_id = pg_temp.renamed_node(node_id) where node_id <> pg_temp.renamed_node(node_id);
update identity.customer_events set node_id = pg_temp.renamed_node(node_id) where node_id <> pg_temp.renamed_node(node_id);
update identity.account_values set node_id = pg_temp.renamed_node(node_id) where node_id <> pg_temp.renamed_node(node_id);
-- Made again of all nodes by the refresh that follows: the models changed with the ids.
delete from identity.edges where one <> pg_temp.renamed_node(one) or other <> pg_temp.renamed_node(other);
delete from identity.households where one <> pg_temp.renamed_node(one) or other <> pg_temp.renamed_node(other);

-- Decisions say which wait they are of as `<thread>/<account>#<message>`, each beginning with the same site.
with ids as (
    select
        decision_id,
        split_part(message_id, ':', 1) as site,
        left(wait_id, length(wait_id) - length(message_id) - 1) as conversation
    from decisions.handled
),

cut as (
    select *, length(conversation) - strpos(reverse(conversation), reverse('/' || site || ':')) - length(site) as thread_until
    from ids
    where strpos(conversation, '/' || site || ':') > 0
)

update decisions.handled as h
set
    message_id = pg_temp.renamed(h.message_id),
    copy_of = pg_temp.renamed(h.copy_of),
    wait_id = pg_temp.renamed(left(c.conversation, c.thread_until - 1))
        || '/' || pg_temp.renamed(substr(c.conversation, c.thread_until + 1)) || '#' || pg_temp.renamed(h.message_id)
from cut as c
where h.decision_id = c.decision_id;
update decisions.labels set message_id = pg_temp.renamed(message_id) where message_id <> pg_temp.renamed(message_id);
update decisions.assigned set message_id = pg_temp.renamed(message_id) where message_id <> pg_temp.renamed(message_id);

-- What was understood of messages by their old ids is read again.
delete from understanding.messages where message_id <> pg_temp.renamed(message_id);
update understanding.analysers set is_complete = false;
drop function pg_temp.renamed_node(text);
drop function pg_temp.renamed(text);
drop table former_nodes;
