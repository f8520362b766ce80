"""Archives that ship with Vigie, written for it; their people and companies never were."""

from pathlib import Path

DEMO = Path(__file__).parent / "tilleul.csv"
