"""The web preview of public Telegram channels (t.me/s/…), in its markup: 20 posts a page, older by `before`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.servers.feed_server import Reply

SHOWN = 20


@dataclass(frozen=True)
class Post:
    """A post; `html` is its text, `reactions` counts by emoji, `before_text` stands in for media."""

    number: int
    time: datetime
    html: str | None = ""
    views: int = 0
    reactions: dict[str, int] = field(default_factory=dict)
    reply_to: int | None = None
    quote: str = ""
    forwarded_from: str = ""
    author: str = ""
    is_edited: bool = False
    link: tuple[str, str] | None = None


@dataclass
class TelegramServer:
    """Channels by their name in small letters; `private` ones lead away from the preview."""

    channels: dict[str, dict[int, Post]] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    damage: Any = None
    loads: int = 0

    def add(self, channel: str, *posts: Post) -> None:
        self.channels.setdefault(channel, {}).update({post.number: post for post in posts})

    def change(self, channel: str, number: int, **values: Any) -> None:
        self.channels[channel][number] = replace(self.channels[channel][number], **values)

    def __call__(self, path: str, asked: dict[str, str]) -> Reply:
        channel = path.removeprefix("/s/")
        if path.startswith("/s/") and channel in self.private:
            return Reply(status=302, headers={"Location": f"/{channel}"})
        if not path.startswith("/s/"):
            return Reply(b"<html><div class='tgme_page_title'>Join</div></html>", content_type="text/html")
        self.loads += 1
        before = int(asked.get("before", 10**9))
        posts = sorted(number for number in self.channels.get(channel, {}) if number < before)
        listed = [self._post(channel, self.channels[channel][number]) for number in posts[-SHOWN:]]
        older = posts[-SHOWN] if len(posts) > SHOWN else 0
        address = f"/s/{channel}?before={older}"
        more = f'<a href="{address}" class="tme_messages_more" data-before="{older}"></a>' if older else ""
        html = (
            f'<html><body><div class="tgme_channel_info"><div class="tgme_channel_info_header_title">'
            f'<span dir="auto">The {channel}</span></div></div><section class="tgme_channel_history">'
            f"{more}{''.join(listed)}</section></body></html>"
        )
        return Reply((self.damage(html) if self.damage else html).encode(), content_type="text/html; charset=utf-8")

    def _post(self, channel: str, post: Post) -> str:
        name, url = f"{channel.title()}/{post.number}", f"https://t.me/{channel.title()}/{post.number}"
        reply = (
            f'<a class="tgme_widget_message_reply" href="https://t.me/{channel.title()}/{post.reply_to}">'
            f'<div class="tgme_widget_message_text js-message_reply_text" dir="auto">{post.quote}</div></a>'
            if post.reply_to
            else ""
        )
        forwarded = (
            f'<div class="tgme_widget_message_forwarded_from">Forwarded from <span '
            f'class="tgme_widget_message_forwarded_from_name">{post.forwarded_from}</span></div>'
            if post.forwarded_from
            else ""
        )
        text = (
            f'<div class="tgme_widget_message_text js-message_text" dir="auto">{post.html}</div>'
            if post.html is not None
            else '<a class="tgme_widget_message_photo_wrap" style="width:1px" href="' + url + '"></a>'
        )
        reactions = "".join(
            f'<span class="tgme_reaction"><i class="emoji"><b>{emoji}</b></i>{shown(count)}</span>'
            for emoji, count in post.reactions.items()
        )
        link = (
            f'<a class="tgme_widget_message_link_preview" href="{post.link[0]}"><div class="link_preview_title">'
            f'{post.link[1]}</div><i class="link_preview_image" style="background-image:url(\'https://cdn.example/'
            f"{self.loads}.jpg')\"></i></a>"
            if post.link
            else ""
        )
        author = f'<span class="tgme_widget_message_from_author">{post.author}</span>, ' if post.author else ""
        return (
            f'<div class="tgme_widget_message_wrap"><div class="tgme_widget_message js-widget_message" '
            f'data-post="{name}"><div class="tgme_widget_message_bubble">{forwarded}{reply}{text}{link}'
            f'<div class="tgme_widget_message_reactions js-message_reactions">{reactions}</div>'
            f'<div class="tgme_widget_message_footer"><div class="tgme_widget_message_info">'
            f'<span class="tgme_widget_message_views">{shown(post.views)}</span>{author}'
            f'<span class="tgme_widget_message_meta">{"edited " if post.is_edited else ""}'
            f'<a class="tgme_widget_message_date" href="{url}"><time datetime="{post.time.isoformat()}">'
            f"x</time></a></span></div></div></div></div></div>"
        )


def shown(count: int) -> str:
    """A count as Telegram shows it."""
    for letter, size in (("M", 1_000_000), ("K", 1_000)):
        if count >= size:
            return f"{count / size:.3g}{letter}" if count < 1000 * size else f"{count // size}{letter}"
    return str(count)
