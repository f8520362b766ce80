{{ mapped_permissions('sample__permissions') }}
