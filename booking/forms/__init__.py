"""What patients type, and what it means. A form parses and checks; it never writes."""
