{{ mapped_customers('sample__customers') }}
