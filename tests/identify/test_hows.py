"""How accounts came to their customers."""

from __future__ import annotations

from flows.identify.hows import hows
from tests.identify.world import World


def test_the_surest_link_of_a_node_is_told():
    world = World()
    row = world.crm("1", "Ada Quill", email=("a", "verified"), phone=("p", "declared"))
    mail = world.account("mail:1", "Ada Quill", email=("a", "verified"), customer_number=("shop/1", "declared"))
    again = world.account("mail:2", "Ada Quill", email=("a", "verified"))
    likely = world.account("reviews:1", "Quill Ada", phone=("p", "declared"))
    told = world.account("forum:1", handle="nightowl")
    alone = world.account("x:1", handle="lonelybird")
    world.says("same", told, mail)
    assert hows(world.run()) == {
        row: "customer_number",
        mail: "decision",
        again: "email",
        likely: "likely",
        told: "decision",
        alone: "single",
    }
