{{ mapped_messages('stackexchange__posts') }}
