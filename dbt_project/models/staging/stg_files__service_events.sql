{{ mapped_service_events('files__service_events') }}
