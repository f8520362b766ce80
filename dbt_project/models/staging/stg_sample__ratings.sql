{{ mapped_ratings('sample__ratings') }}
