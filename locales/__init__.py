"""Catalogs of the system's texts and the words residents use, one set per language."""
