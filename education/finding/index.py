"""An index of articles in memory: built from plain values, asked without a database.

A question is split into terms. A term matches a word of an article, a word that begins with it, or, for
longer terms that no article has, a word that differs by a letter or two. A lay term brings the words of the
articles with it. An article is found by as many of the terms as it has; what stands in a title counts more
than what stands in the text, and what few articles have more than what all have.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from education.finding.words import WORD, fold, split_words, stem

TITLE, SUMMARY, HEADING, TEXT = 8.0, 4.0, 3.0, 1.0
WHOLE, BEGINNING, SIMILAR = 1.0, 0.6, 0.5
# A word that many paragraphs repeat is not that much more about it.
MOST_REPEATS = 4
MOST_TERMS = 8
SHORTEST_BEGINNING, LONG = 3, 5
# Around what was found.
PASSAGE = 160


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as the search reads it. `passages` are its paragraphs as plain text."""

    key: int
    title: str
    summary: str
    headings: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()


class Piece(NamedTuple):
    """A stretch of a passage, and whether it is what was searched."""

    text: str
    is_match: bool


@dataclass(frozen=True, slots=True)
class Hit:
    key: int
    passage: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`corrected` is the question with its typing errors mended, where any were: “did you mean”."""

    hits: tuple[Hit, ...]
    corrected: str = ""


@dataclass
class _Term:
    """One term of a question: the stems that it stands for, each with how sure that is.

    Of the stems of one word an article needs the best; those of a lay term add up.
    """

    typed: str
    stems: dict[str, float] = field(default_factory=dict)
    corrected: str = ""
    is_lay: bool = False


class Index:
    """The articles of one language, and the lay terms of that language."""

    def __init__(
        self, entries: Iterable[Entry], *, language: str, synonyms: Mapping[str, str] | None = None
    ) -> None:
        self.language = language
        self._entries = list(entries)
        self._weights: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self._surface: dict[str, str] = {}
        for number, entry in enumerate(self._entries):
            self._add(number, entry)
        self._known = sorted(self._weights)
        self._synonyms = {
            tuple(split_words(term, language=language)): split_words(words, language=language)
            for term, words in (synonyms or {}).items()
        }

    def _add(self, number: int, entry: Entry) -> None:
        repeats: dict[str, int] = defaultdict(int)
        for text, weight in [
            (entry.title, TITLE),
            (entry.summary, SUMMARY),
            *((heading, HEADING) for heading in entry.headings),
            *((passage, TEXT) for passage in entry.passages),
        ]:
            for word in WORD.findall(text):
                one = stem(fold(word))
                self._surface.setdefault(one, word.lower())
                repeats[one] += 1
                if weight > TEXT or repeats[one] <= MOST_REPEATS:
                    self._weights[one][number] += weight

    def search(self, question: str, *, limit: int = 20) -> Answer:
        """Return the articles that have something of the question, the best first."""
        terms = self._read(question)
        if not terms:
            return Answer(hits=())
        scores: dict[int, float] = defaultdict(float)
        matched: dict[int, int] = defaultdict(int)
        for term in terms:
            best: dict[int, float] = {}
            for one, sureness in term.stems.items():
                found = self._weights.get(one, {})
                rarity = log(1 + len(self._entries) / len(found)) if found else 0.0
                for number, weight in found.items():
                    score, before = sureness * rarity * weight, best.get(number, 0.0)
                    best[number] = before + score if term.is_lay else max(before, score)
            for number, score in best.items():
                scores[number] += score
                matched[number] += 1
        ranked = sorted(scores, key=lambda number: (-matched[number], -scores[number], number))
        stems = {one for term in terms for one in term.stems}
        hits = tuple(
            Hit(key=self._entries[number].key, passage=self._find_passage(self._entries[number], stems))
            for number in ranked[:limit]
        )
        corrected = " ".join(term.corrected or term.typed for term in terms)
        return Answer(hits=hits, corrected=corrected if any(term.corrected for term in terms) else "")

    def _read(self, question: str) -> list[_Term]:
        words = split_words(question, language=self.language)[:MOST_TERMS]
        terms: list[_Term] = []
        start = 0
        while start < len(words):
            length, meant = self._find_lay_term(words[start:])
            if length:
                stems = dict.fromkeys(meant, WHOLE) | dict.fromkeys(words[start : start + length], WHOLE)
                typed = " ".join(words[start : start + length])
                terms.append(_Term(typed=typed, stems=stems, is_lay=True))
                start += length
            else:
                terms.append(self._match(words[start]))
                start += 1
        return terms

    def _find_lay_term(self, words: Sequence[str]) -> tuple[int, list[str]]:
        """Return how many of the first words are a lay term, the longest there is, and what it means."""
        for length in range(len(words), 0, -1):
            meant = self._synonyms.get(tuple(words[:length]))
            if meant is not None:
                return length, meant
        return 0, []

    def _match(self, word: str) -> _Term:
        term = _Term(typed=word)
        if word in self._weights:
            term.stems[word] = WHOLE
        if len(word) >= SHORTEST_BEGINNING:
            term.stems |= {one: BEGINNING for one in self._known if one != word and _is_akin(one, word)}
        if not term.stems:
            similar = self._find_similar(word)
            term.stems = dict.fromkeys(similar, SIMILAR)
            term.corrected = self._surface[similar[0]] if similar else ""
        return term

    def _find_similar(self, word: str) -> list[str]:
        """Return the known words at the least distance of all, if that is not too far."""
        furthest = 0 if len(word) < 4 else 1 if len(word) < 6 else 2
        if not furthest:
            return []
        found = process.extract(word, self._known, scorer=OSA.distance, score_cutoff=furthest, limit=5)
        least = min((distance for _, distance, _ in found), default=0)
        # Among equals the one that begins alike: few people mistype the first letter.
        close = [one for one, distance, _ in found if distance == least]
        return sorted(close, key=lambda one: (one[0] != word[0], one))

    def _find_passage(self, entry: Entry, stems: set[str]) -> tuple[Piece, ...]:
        """Return the paragraph with the most of what was searched, cut to what stands around it."""
        texts = (*entry.passages, entry.summary)
        best = max(texts, key=lambda text: len(stems.intersection(map(_stem, WORD.findall(text)))))
        matches = [match for match in WORD.finditer(best) if _stem(match[0]) in stems]
        if not matches:
            return (Piece(_cut(entry.summary, 0), False),)
        begin = max(0, best.rfind(" ", 0, max(0, matches[0].start() - PASSAGE // 3)) + 1)
        end = begin + len(_cut(best, begin))
        pieces = [Piece("… ", False)] if begin else []
        position = begin
        for match in matches:
            if match.end() > end:
                break
            pieces += [Piece(best[position : match.start()], False), Piece(match[0], True)]
            position = match.end()
        pieces.append(Piece(best[position:end] + (" …" if end < len(best) else ""), False))
        return tuple(piece for piece in pieces if piece.text)


def _is_akin(one: str, word: str) -> bool:
    """Tell whether one of the two begins with the other: prevent and prevention."""
    return one.startswith(word) or (len(one) >= LONG and word.startswith(one))


def _stem(word: str) -> str:
    return stem(fold(word))


def _cut(text: str, begin: int) -> str:
    """Return at most PASSAGE characters from `begin` on, whole words."""
    if len(text) - begin <= PASSAGE:
        return text[begin:]
    return text[begin : max(text.rfind(" ", begin, begin + PASSAGE), begin + 1)]
