{{ mapped_messages('forum__posts') }}
