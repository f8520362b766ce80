{{ mapped_messages('telegram__messages') }}
