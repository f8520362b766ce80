-- One append-only table a stream, all of one shape: `<source type>__<entity>`.

do $$
declare
    stream text;
begin
    foreach stream in array array[
        'reddit__submissions', 'reddit__comments', 'mastodon__statuses',
        'bluesky__posts', 'telegram__messages', 'hackernews__items',
        'stackexchange__posts', 'mailbox__messages', 'forum__posts'
    ] loop
        execute format('create table raw.%I (like raw.files__messages including all)', stream);
    end loop;
end
$$;

comment on table raw.reddit__submissions is 'One row per version of a submission on Reddit.';
comment on table raw.reddit__comments is 'One row per version of a comment on Reddit.';
comment on table raw.mastodon__statuses is 'One row per version of a status of a server that speaks the API of Mastodon.';
comment on table raw.bluesky__posts is 'One row per version of a post on Bluesky.';
comment on table raw.telegram__messages is 'One row per version of a post of a public Telegram channel.';
comment on table raw.hackernews__items is 'One row per version of a story or comment on Hacker News.';
comment on table raw.stackexchange__posts is 'One row per version of a question, answer or comment on a Stack Exchange site.';
comment on table raw.mailbox__messages is 'One row per version of a mail.';
comment on table raw.forum__posts is 'One row per version of a post in a forum.';
