"""Whole conversations as residents see them: ">" is what is said, everything else what is answered."""
