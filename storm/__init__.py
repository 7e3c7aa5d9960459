"""`make storm`: the product as in production under load, while its processes are killed in turn.

run.py is the whole of it. clinic.py has the processes and starts them again, killing.py ends them; people.py
and desk.py are those who use the site (each in a process of its own: client.py), journal.py is what they
write down of every answer; judge.py compares that with the database and with the mail that arrived,
figures.py prints how long answers took.
"""
