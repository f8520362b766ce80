"""What Reddit says of a thing that changes without the thing changing: no part of what makes another version.

Found by comparing what it says of one thing at two moments, and at two places of its API.
"""

from __future__ import annotations

from typing import Any

from flows.records import Json

WHY = {
    "counts": """
        score ups downs upvote_ratio num_comments num_crossposts num_reports num_duplicates view_count gilded
        gildings total_awards_received all_awardings awarders associated_award associated_awarding_id
        top_awarded_type treatment_tags controversiality subreddit_subscribers""",
    "of whoever asks: votes, bookmarks, rights": """
        likes saved hidden clicked visited previous_visits new was_comment dest subject first_message
        first_message_name type context can_gild can_mod_post no_follow send_replies author_is_blocked
        unrepliable_reason is_crosspostable rte_mode collections""",
    "moderators' work, which a tombstone tells where it hides the text": """
        approved approved_by approved_at_utc banned_by banned_at_utc ban_note removed removed_by
        removed_by_category removal_reason mod_note mod_reason_by mod_reason_title mod_reports user_reports
        report_reasons ignore_reports spam steward_reports locked stickied pinned""",
    "age and display": """
        archived hide_score score_hidden collapsed collapsed_reason collapsed_reason_code
        collapsed_because_crowd_control created suggested_sort allow_live_comments contest_mode discussion_type
        brand_safe pwls wls whitelist_status parent_whitelist_status is_robot_indexable content_categories
        category is_created_from_ads_ui""",
    "made from other fields, addresses that expire, other things' contents": """
        body_html selftext_html thumbnail thumbnail_width thumbnail_height preview media media_embed
        secure_media secure_media_embed media_metadata post_hint rtjson crosspost_parent_list sr_detail
        rpan_video""",
    "the author and the subreddit as they are today": """
        author_cakeday author_premium author_patreon_flair author_flair_background_color
        author_flair_css_class author_flair_richtext author_flair_template_id author_flair_text
        author_flair_text_color author_flair_type link_flair_background_color link_flair_css_class
        link_flair_richtext link_flair_template_id link_flair_text_color link_flair_type
        subreddit_name_prefixed quarantine""",
    "the place where it was read": "replies depth count",
}
VOLATILE = frozenset(name for names in WHY.values() for name in names.split())
# A comment says these of its thread, at some places only.
OF_THE_THREAD = {"link_title", "link_author", "link_permalink", "link_url", "over_18", "num_comments"}
OF_A_POLL = {"vote_count", "total_vote_count", "user_selection", "user_won_amount", "resolved_option_id"}


def said(kind: str, data: Json) -> Json:
    """Return what a thing says, as it says it, without what is volatile and without what says nothing."""
    left = VOLATILE | OF_THE_THREAD if kind == "t1" else VOLATILE
    kept = {key: value for key, value in data.items() if key not in left and _says(value)}
    return kept | ({"poll_data": _poll(kept["poll_data"])} if "poll_data" in kept else {})


def _says(value: Any) -> bool:
    return value is not None and value is not False and value not in ("", [], {})


def _poll(value: Any) -> Any:
    """A poll without its votes."""
    if isinstance(value, dict):
        return {key: _poll(item) for key, item in value.items() if key not in OF_A_POLL and _says(item)}
    return [_poll(item) for item in value] if isinstance(value, list) else value
