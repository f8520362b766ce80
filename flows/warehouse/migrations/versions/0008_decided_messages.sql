alter table decisions.handled add column message_id text;
update decisions.handled set message_id = substring(wait_id from '[^#]*$');
alter table decisions.handled alter column message_id set not null;
comment on column decisions.handled.message_id is 'The message that the wait opened with: a wait is found again by it, whatever comes to stand before.';
create index on decisions.handled (message_id, decision_id);

create table ops.decisions_claimed (
    decision_id bigint primary key,
    refresh_id bigint not null
);
comment on table ops.decisions_claimed is 'Decisions on waits that a refresh has taken up, and which. Written by refresh.';
