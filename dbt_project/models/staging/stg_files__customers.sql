{{ mapped_customers('files__customers') }}
