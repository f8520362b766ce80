{{ mapped_messages('hackernews__items') }}
