"""JSON routes of campaigns: drafts and control, figures and recipients."""
