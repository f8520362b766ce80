"""The reader is a room of its own: it can be used without anything else of the project."""

from tests.helpers.imports import imported


def test_the_reader_imports_nothing_of_the_project_but_itself() -> None:
    modules = imported("flows/forumreader")
    assert len(modules) > 20
    outside = {
        (name, other)
        for name, others in modules.items()
        for other in others
        if not f"{other}.".startswith("flows.forumreader.")
    }
    assert outside == set()
