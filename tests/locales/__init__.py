"""Catalogs and word lists."""
