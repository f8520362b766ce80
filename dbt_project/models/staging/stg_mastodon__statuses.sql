{{ mapped_messages('mastodon__statuses') }}
