-- A number is written in many ways, and names an account in each: +33 6 12 34 56 78, (+33)6…, +49/170/…, 0033 6…,
-- 06.12…, 33612345678, 555-123-4567, whatsapp:+1…, with spaces that do not break and marks of direction around it.
create function identity.is_telephone(native text) returns boolean
language sql immutable parallel safe
as $$
    select case
        when length(native) < 8 or native ~ '^([^0-9]*|[[:alnum:]]{16,})$' then false
        -- With its +, also among words.
        when native ~ '[+＋][^[:alnum:]]{0,3}([0-9][^[:alnum:]]{0,3}){7}' then true
        when native !~* '^((tel|sms|smsto|mms|callto|phone|signal|viber|wa|whatsapp)[:=_-])?[^[:alpha:]]*$' then false
        -- As it is dialled: 06…, 0033…, in groups or not.
        when native ~ '(^|[^0-9])(0[^[:alnum:]:#_]{0,3}){1,2}[1-9]([^[:alnum:]:#_]{0,3}[0-9]){7,12}([^0-9]|$)' then true
        -- With the country before it; a number of ten digits that America could have.
        when native ~ '(^|[^[:alnum:]])([1-9][0-9]{10,14}|[2-9][0-9]{9})([^[:alnum:]]|$)' then true
        -- In groups, the first of which is no year.
        else
            native ~ '^[^[:alnum:]]*(?!(19|20)[0-9]{2}[^0-9])[0-9]{1,5}([^[:alnum:]:#_]{1,3}[0-9]{1,6}){2,}[^[:alnum:]]*$'
            and native ~ '^[^0-9]*([0-9][^0-9]*){9,15}$'
    end
$$;
comment on function identity.is_telephone(text) is
'Whether a site''s own id is a telephone number or holds one with its +. Long numbers without + count: an id more that is hashed harms nobody.';

create function identity.telephones_masked(shown text) returns text
language sql immutable parallel safe
as $$
    select case
        when length(shown) < 8 or shown !~ '[0-9]' then shown
        when identity.is_telephone(shown) and shown !~ '[[:alpha:]]' then '…' || right(regexp_replace(shown, '[^0-9]', '', 'g'), 2)
        when
            identity.is_telephone(shown)
            or shown ~ '(^|[^[:alnum:]])0[^[:alnum:]:#_]{0,3}[1-9]([^[:alnum:]:#_]{0,3}[0-9]){7,10}([^[:alnum:]]|$)'
            then regexp_replace(
                shown, '([+＋][^[:alnum:]]{0,3})?([0-9][^[:alnum:]]{0,3}){5,}([0-9])[^[:alnum:]]{0,3}([0-9])', '…\3\4', 'g'
            )
        else shown
    end
$$;
comment on function identity.telephones_masked(text) is 'A name with `…42` for the telephone number that it is or holds.';

create or replace function identity.opaque_id(site text, native text) returns text
language sql stable parallel safe
as $$
    select site || ':' || case
        when native like '%_@_%' or identity.is_telephone(native)
            then left(identity.keyed_hash(site || ':' || native), 24)
        else native
    end
$$;

-- An id as it was made before, as it is made now. Rows of the CRM say so before the site.
create function pg_temp.renamed(id text) returns text
language sql stable
as $$
    select case
        when id like 'crm:%:%' then 'crm:' || identity.opaque_id(split_part(id, ':', 2), substr(id, length(split_part(id, ':', 2)) + 6))
        else identity.opaque_id(split_part(id, ':', 1), substr(id, length(split_part(id, ':', 1)) + 2))
    end
$$;

update decisions.identity set one = pg_temp.renamed(one), other = pg_temp.renamed(other)
where one <> pg_temp.renamed(one) or other <> pg_temp.renamed(other);
update decisions.unsure_pairs as u set one = r.one, other = r.other
from (
    select unsure_id, least(n.one collate "C", n.other) as one, greatest(n.one collate "C", n.other) as other
    from decisions.unsure_pairs
    cross join lateral (select pg_temp.renamed(one) as one, pg_temp.renamed(other) as other) as n
) as r
where u.unsure_id = r.unsure_id and (u.one, u.other) <> (r.one, r.other);
update identity.customers set anchor = pg_temp.renamed(anchor) where anchor <> pg_temp.renamed(anchor);
update identity.memberships set node_id = pg_temp.renamed(node_id) where node_id <> pg_temp.renamed(node_id);
update identity.membership_history set node_id = pg_temp.renamed(node_id) where node_id <> pg_temp.renamed(node_id);
update identity.customer_events set node_id = pg_temp.renamed(node_id) where node_id <> pg_temp.renamed(node_id);
update identity.account_values set node_id = pg_temp.renamed(node_id) where node_id <> pg_temp.renamed(node_id);
-- Made again of all nodes by the refresh that follows: the models changed with the ids.
delete from identity.edges where one <> pg_temp.renamed(one) or other <> pg_temp.renamed(other);
delete from identity.households where one <> pg_temp.renamed(one) or other <> pg_temp.renamed(other);

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
drop function pg_temp.renamed(text);
