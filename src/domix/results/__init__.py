"""What the estimators return."""
