{{ mapped_ratings('files__ratings') }}
