{{ mapped_messages('feeds__messages') }}
