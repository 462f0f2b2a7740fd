"""Results as people see them: text, tables, figures and reports."""
