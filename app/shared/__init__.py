"""What all pages share: the view in the URL, words and formats, components, figures of the marts."""
