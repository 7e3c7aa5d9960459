"""Time at the desk: blocks, extra time, closures. They are written by `booking.blocking`."""
