{{ mapped_permissions('files__permissions') }}
