"""`make faults`: what may go wrong goes wrong, to real processes, while patients book.

scenarios.py has the faults; scene.py what they happen to and how it is judged; clinic.py the processes.
"""
