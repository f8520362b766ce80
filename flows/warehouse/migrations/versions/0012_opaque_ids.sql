-- Ids stand in addresses of pages, in files that are saved and in logs. Where a site's own id holds a mail address, a
-- Message-ID or a telephone number, ours holds its hash. The site is hashed with it: one address is told to be the
-- same on two sites by identifiers alone, as far as policy allows.
create function identity.opaque_id(site text, native text) returns text
language sql stable parallel safe
as $$
    select site || ':' || case
        when native like '%_@_%' or native ~ '^\+[0-9][0-9 ().-]{6,}$'
            then left(identity.keyed_hash(site || ':' || native), 24)
        else native
    end
$$;
comment on function identity.opaque_id(text, text) is 'An id of ours from a site''s own: `<site>:<native>`, hashed where it holds an address or a telephone number.';

-- Decisions say which wait they are of as `<thread>/<account>#<message>`, each beginning with the same site.
with ids as (
    select
        decision_id,
        split_part(message_id, ':', 1) as site,
        message_id as message,
        left(wait_id, length(wait_id) - length(message_id) - 1) as conversation
    from decisions.handled
),

cut as (
    select *, length(conversation) - strpos(reverse(conversation), reverse('/' || site || ':')) - length(site) as thread_until
    from ids
    where strpos(conversation, '/' || site || ':') > 0
),

natives as (
    select
        decision_id,
        site,
        substr(message, length(site) + 2) as message,
        substr(left(conversation, thread_until - 1), length(site) + 2) as thread,
        substr(conversation, thread_until + length(site) + 2) as account
    from cut
)

update decisions.handled as h
set
    message_id = identity.opaque_id(n.site, n.message),
    wait_id = identity.opaque_id(n.site, n.thread) || '/' || identity.opaque_id(n.site, n.account)
        || '#' || identity.opaque_id(n.site, n.message)
from natives as n
where h.decision_id = n.decision_id;

update decisions.labels
set message_id = identity.opaque_id(split_part(message_id, ':', 1), substr(message_id, strpos(message_id, ':') + 1))
where message_id like '%_@_%';

-- What was understood of messages by their old ids is read again.
delete from understanding.messages where message_id like '%_@_%';
update understanding.analysers set is_complete = false;
