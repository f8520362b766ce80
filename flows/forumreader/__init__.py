"""Reads forums' pages: a page in (bytes, address, time of reading), posts or threads out, or why there are none.

Nothing here asks a server, keeps anything, or knows of Vigie's sources and warehouse.
"""

from flows.forumreader.page import ForumPage
from flows.forumreader.posts import Moment, Post, Quote, Reading, ThreadRef
from flows.forumreader.reader import read_page

__all__ = ["ForumPage", "Moment", "Post", "Quote", "Reading", "ThreadRef", "read_page"]
