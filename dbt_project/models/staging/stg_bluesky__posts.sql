{{ mapped_messages('bluesky__posts') }}
