"""What a text says: language, feeling, intent, products, places, dates. Pure functions behind one Analyzer."""
