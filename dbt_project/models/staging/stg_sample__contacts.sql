{{ mapped_contacts('sample__contacts') }}
