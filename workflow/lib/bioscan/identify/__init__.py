"""Answers for new specimens: one lineage per specimen, down to the rank that evidence supports."""
