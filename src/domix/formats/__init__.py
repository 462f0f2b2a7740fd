"""Files and foreign objects to plain records and back."""
