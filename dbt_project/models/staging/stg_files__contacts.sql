{{ mapped_contacts('files__contacts') }}
