"""Reads forums' pages: a page in (bytes, address, time of reading), posts or threads out, or why there are none.

Nothing here asks a server, keeps anything, or knows of Vigie's sources and warehouse.
"""

from flows.forumreader.page import ForumPage
from flows.forumreader.posts import Moment, Post, Quote, Reading, ThreadRef
from flows.forumreader.profiles.detection import Guess, detect
from flows.forumreader.reader import read_activity, read_page
from flows.forumreader.writing.bodies import Body, BodyRules, QuoteRules, read_html

__all__ = [
    "Body",
    "BodyRules",
    "ForumPage",
    "Guess",
    "Moment",
    "Post",
    "Quote",
    "QuoteRules",
    "Reading",
    "ThreadRef",
    "detect",
    "read_activity",
    "read_html",
    "read_page",
]
