{{ mapped_service_events('sample__service_events') }}
