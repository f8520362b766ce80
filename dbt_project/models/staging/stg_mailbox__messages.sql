{{ mapped_messages('mailbox__messages') }}
