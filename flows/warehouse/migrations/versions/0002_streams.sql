-- One append-only table a stream, all of one shape: `<source type>__<entity>`.

do $$
declare
    stream text;
begin
    foreach stream in array array[
        'files__customers', 'files__ratings', 'files__statuses', 'feeds__messages',
        'sample__messages', 'sample__ratings', 'sample__customers'
    ] loop
        execute format('create table raw.%I (like raw.files__messages including all)', stream);
    end loop;
end
$$;

comment on table raw.files__customers is 'One row per version of a customer of the CRM.';
comment on table raw.files__ratings is 'One row per version of an answer to a survey, or of a survey that was sent.';
comment on table raw.files__statuses is 'One row per version of a status that a help desk gave to a thread.';
comment on table raw.feeds__messages is 'One row per version of an entry of a feed.';
comment on table raw.sample__messages is 'One row per version of a message of the generated company.';
comment on table raw.sample__ratings is 'One row per version of a survey of the generated company.';
comment on table raw.sample__customers is 'One row per version of a customer of the generated company''s CRM.';
