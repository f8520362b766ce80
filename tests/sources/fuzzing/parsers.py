"""Every parser as a function from bytes to pages, and how many inputs the bytes hold, counted apart.

A parser stands behind the source's own code: the answer that it reads comes where the source asks for it.
`items` counts what must come out again, as a record, a reject or a tombstone; it raises where nobody can count,
and then one reject or error must say so.
"""

from __future__ import annotations

from tests.sources.fuzzing.answers import (
    hackernews_item,
    hackernews_search,
    hackernews_tree,
    hits,
    item,
    stackexchange,
    story,
    telegram,
    telegram_posts,
)
from tests.sources.fuzzing.files import a_mail, csv_rows, feed, file, json_entries, sessions, xml_entries
from tests.sources.fuzzing.follow import (
    bluesky_feed,
    bluesky_search,
    bluesky_thread,
    context,
    feed_posts,
    mastodon_list,
    mastodon_thread,
    statuses,
    thread_posts,
)
from tests.sources.fuzzing.reddit import listing_children, reddit_listing, reddit_thread, thread_things
from tests.sources.fuzzing.served import Parser, a_list, counted, items_of, listed

PARSERS = {
    "mastodon list": Parser(mastodon_list, counted(lambda found: statuses(a_list(found)))),
    "mastodon thread": Parser(mastodon_thread, counted(context)),
    "bluesky feed": Parser(bluesky_feed, counted(feed_posts)),
    "bluesky search": Parser(bluesky_search, counted(lambda found: len(listed(found, "posts")))),
    "bluesky thread": Parser(bluesky_thread, counted(thread_posts)),
    "reddit listing": Parser(reddit_listing, counted(lambda found: len(listing_children(found)))),
    "reddit thread": Parser(reddit_thread, counted(thread_things)),
    "hackernews search": Parser(hackernews_search, counted(hits)),
    "hackernews tree": Parser(hackernews_tree, story),
    "hackernews item": Parser(hackernews_item, item),
    "stackexchange questions": Parser(stackexchange("/questions"), counted(items_of)),
    "stackexchange discussion": Parser(stackexchange("/questions/1"), counted(items_of)),
    "stackexchange answers": Parser(stackexchange("/questions/1/answers"), counted(items_of)),
    "stackexchange comments": Parser(stackexchange("/posts/.*/comments"), counted(items_of)),
    "telegram": Parser(telegram, telegram_posts),
    "feed xml": Parser(feed, xml_entries),
    "feed json": Parser(feed, json_entries),
    "mail": Parser(a_mail, lambda content: 1),
    "file csv": Parser(file("tweets.csv", "twitter-support-archive"), csv_rows),
    "file json": Parser(file("sessions.json", "ibm-twitter-care"), sessions),
    "file jsonl": Parser(file("rows.jsonl", "messages"), lambda content: len(content.split(b"\n"))),
}
