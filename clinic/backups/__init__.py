"""Backups: the whole database in one file, and the way back. `manage.py backup` and `manage.py restore`.

`engines.py` says what each kind of database has to know; docs/backup.md is for whoever runs the commands.
"""
