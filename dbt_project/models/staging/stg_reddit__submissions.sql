{{ mapped_messages('reddit__submissions') }}
