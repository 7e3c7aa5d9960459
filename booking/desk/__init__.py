"""The desk: one day of the practice, and the visits in it, for the people at the front desk."""
