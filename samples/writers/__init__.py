"""Writers of small, valid files, always the same bytes for the same contents.

They need nothing that the launcher does not have: office formats are written by hand as zipped XML.
"""
