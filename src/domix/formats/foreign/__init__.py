"""Network files of other programs: read as their specifications order tables, and written so."""
