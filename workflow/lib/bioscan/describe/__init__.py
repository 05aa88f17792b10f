"""The tables and figures that describe a dataset."""
