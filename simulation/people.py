"""People who book, change their minds, answer offers and stay away. All of it is made up.

Each has a die of their own, so that the same people come to the clinic with a waitlist and to the one
without, and what one of them throws does not change the luck of the next.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from booking.actions import PatientDetails
from booking.models import WaitlistEntry
from booking.waiting import Wish

# Mean number of people who want a visit, in half an hour of an open day.
ARRIVALS = 1.15
# Of a visit to come, each day.
CANCELS, MOVES = 0.014, 0.004
STAYS_AWAY = 0.06
# Of those whose clinician is ill. The others are called.
TAKES_PROPOSAL = 0.7
# A clinician, on a working day.
FALLS_ILL = 0.015
# Who waits more than so many days asks for an earlier time.
PATIENCE = timedelta(days=6)
WANTS_EARLIER = 0.6
# In each half hour that an offer stands.
ANSWERS, ACCEPTS = 0.45, 0.75

PartOfDay, Notice = WaitlistEntry.PartOfDay, WaitlistEntry.Notice


@dataclass
class Person:
    number: int
    dice: random.Random

    @classmethod
    def make(cls, *, seed: int, number: int) -> "Person":
        return cls(number=number, dice=random.Random(f"{seed}/{number}"))

    @property
    def details(self) -> PatientDetails:
        return PatientDetails(
            given_name="Person",
            family_name=f"No {self.number}",
            birth_date=date(1970, 1, 1),
            email=f"person{self.number}@example.org",
            phone=f"+1212555{self.number:04}",
        )

    def throws(self, chance: float) -> bool:
        return self.dice.random() < chance

    def make_wish(self, *, until: date) -> Wish:
        return Wish(
            until=until,
            part_of_day=self.dice.choices([PartOfDay.ANY, PartOfDay.MORNING, PartOfDay.AFTERNOON], [6, 2, 2])[
                0
            ],
            notice=self.dice.choices([Notice.TWO_HOURS, Notice.ONE_DAY, Notice.THREE_DAYS], [3, 5, 2])[0],
        )


def count_arrivals(dice: random.Random) -> int:
    """Draw from Poisson's distribution, as Knuth does: multiply until it is less than e^-mean."""
    least, product, count = 2.718281828459045**-ARRIVALS, dice.random(), 0
    while product > least:
        product *= dice.random()
        count += 1
    return count
