{{ mapped_messages('files__messages') }}
