"""Words as the search compares them: without case, accents, plurals and the small words of a sentence."""

import re
import unicodedata

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Too common to look for.
_ENGLISH = """
    a an and are as at be but by can do does for from get had has have how i if in is it its me
    my of on or our so that the their them they this to was we what when where which who why
    will with you your
"""
_SPANISH = """
    a al como con cual cuando de del donde el ella en es esta este la las le les lo los me mi
    mis no o para por que se si sin son su sus te tengo tiene un una uno unos unas y ya yo
"""
SMALL_WORDS = {"en": frozenset(_ENGLISH.split()), "es": frozenset(_SPANISH.split())}


def fold(word: str) -> str:
    """Return a word without case and accents: “Músculo” is “musculo”."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def stem(word: str) -> str:
    """Return a folded word without its plural: cramps and cramp are one, as are calambres and calambre."""
    word = word.replace("’", "'").removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def split_words(text: str, *, language: str) -> list[str]:
    """Return the stems of a text in order, small words left out."""
    small = SMALL_WORDS.get(language, frozenset())
    folded = (fold(word) for word in WORD.findall(text))
    return [stem(word) for word in folded if word not in small]
