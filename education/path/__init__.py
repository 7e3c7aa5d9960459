"""“Which of these is most like yours?”: a few plain questions that end at an article, a visit or the phone.

`rows` is what staff can edit, `tree` follows it without a database, `reading` brings the one to the other.
"""
