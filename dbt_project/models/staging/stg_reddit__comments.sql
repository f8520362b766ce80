{{ mapped_messages('reddit__comments') }}
