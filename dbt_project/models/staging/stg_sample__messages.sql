{{ mapped_messages('sample__messages') }}
