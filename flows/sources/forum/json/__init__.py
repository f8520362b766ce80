"""Forums that give their posts as JSON: Discourse, NodeBB, Flarum."""
