"""Every fact that the articles must cover, with the article and the words that tell it."""

import pytest

from education.sources import read_sources
from education.tests.reading import article_text

# (the fact, the article, the words that tell it)
FACTS = [
    # What a spasm is
    (
        "muscles obey without thought, from kitchen to marathon",
        "muscle-spasms",
        "on a walk to the kitchen or in a marathon",
    ),
    (
        "a spasm or cramp makes a muscle felt",
        "muscle-spasms",
        "a spasm or cramp is when a muscle makes itself felt",
    ),
    ("it is an involuntary contraction", "muscle-spasms", "doctors call this an involuntary contraction"),
    ("the muscle was overexerted", "muscle-spasms", "has worked too hard"),
    ("the muscle is tired", "muscle-spasms", "is tired"),
    ("the muscle was held in one position", "muscle-spasms", "was held in one position for too long"),
    ("it can be very painful", "muscle-spasms", "pain, which can be very strong"),
    ("it limits the range of motion", "muscle-spasms", "a muscle that you can hardly move until it lets go"),
    (
        "it is usually temporary and harmless",
        "muscle-spasms",
        "most spasms last only a short time and do no harm",
    ),
    (
        "it can be a symptom of something serious",
        "muscle-spasms",
        "a spasm is a sign of a more serious health problem",
    ),
    (
        "the main trigger is exercise in the heat",
        "muscle-spasms",
        "the main trigger is long, hard exercise in hot weather",
    ),
    ("there are many other triggers", "muscle-spasms", "there are many others"),
    # Other causes
    ("pinched nerves", "muscle-spasms", "a pinched nerve"),
    ("not enough blood flow", "muscle-spasms", "not enough blood flow to the muscle"),
    ("not enough minerals", "muscle-spasms", "not enough minerals in the body"),
    ("autoimmune disease", "muscle-spasms", "an autoimmune disease"),
    ("damaged muscle tissue", "muscle-spasms", "muscle tissue that is damaged"),
    ("stress", "muscle-spasms", "stress"),
    # Dehydration
    ("dehydration", "cramps-from-heat-and-exercise", "you get dehydrated"),
    ("water and minerals in the right mix", "cramps-from-heat-and-exercise", "minerals in the right mix"),
    ("glucose", "cramps-from-heat-and-exercise", "water, sugar (glucose) and minerals"),
    (
        "salt, potassium, magnesium, calcium",
        "cramps-from-heat-and-exercise",
        "salt, potassium, magnesium and calcium",
    ),
    (
        "a disturbed supply brings spasms",
        "cramps-from-heat-and-exercise",
        "when the mix is upset, a muscle can go into spasm",
    ),
    # Atherosclerosis
    ("atherosclerosis", "leg-cramps-and-blood-flow", "doctors call this atherosclerosis"),
    ("peripheral artery disease", "leg-cramps-and-blood-flow", "also called peripheral artery disease"),
    ("narrowed arteries", "leg-cramps-and-blood-flow", "make them narrow"),
    (
        "supply of blood and electrolytes",
        "leg-cramps-and-blood-flow",
        "upset the supply of blood and electrolytes to the muscle",
    ),
    (
        "cramps in the legs are common",
        "leg-cramps-and-blood-flow",
        "painful spasms and cramps in the legs are common",
    ),
    # Chronic pain
    (
        "chronic pain of back or neck",
        "back-and-neck-spasms",
        "chronic pain of the back or neck can lead to spasms",
    ),
    ("arthritis of the spine", "back-and-neck-spasms", "arthritis of the spine can set them off"),
    ("an old injury to the trunk", "back-and-neck-spasms", "so can an old injury to your trunk"),
    (
        "the trunk's muscle groups",
        "back-and-neck-spasms",
        "large groups of muscles that lead to your arms, neck, chest, back and legs",
    ),
    # Obesity and other conditions
    ("obesity", "conditions-linked-to-spasms", "being overweight or having obesity"),
    ("multiple sclerosis", "conditions-linked-to-spasms", "multiple sclerosis (MS)"),
    ("ALS", "conditions-linked-to-spasms", "amyotrophic lateral sclerosis (ALS)"),
    ("anemia", "conditions-linked-to-spasms", "anemia, when"),
    ("diabetes", "conditions-linked-to-spasms", "diabetes, when"),
    ("kidney disease", "conditions-linked-to-spasms", "with kidney disease, that balance can be upset"),
    ("thyroid conditions", "conditions-linked-to-spasms", "thyroid conditions, when"),
    ("spinal cord injuries", "conditions-linked-to-spasms", "spinal cord injuries"),
    # Prevention
    (
        "prevention is the best defense",
        "prevent-spasms",
        "the best defense against spasms is to prevent them",
    ),
    (
        "water before, during and after",
        "prevent-spasms",
        "drink plenty of water before, during and after exercise",
    ),
    ("water at work in the heat", "prevent-spasms", "do the same when you work outdoors in the heat"),
    (
        "warm up with gentle stretches",
        "prevent-spasms",
        "warm up your muscles with gentle stretches before you exercise or work",
    ),
    # Relief at home
    (
        "stretch to the full length until it eases",
        "relief-at-home",
        "stretch the muscle gently to its full length. hold it until it eases",
    ),
    ("warm compresses", "relief-at-home", "put a warm compress on it"),
    ("rest", "relief-at-home", "rest the muscle"),
    # Medical treatment
    (
        "where another condition is the cause",
        "treatment-for-spasms",
        "if another condition is the cause, a doctor may prescribe",
    ),
    ("ibuprofen", "treatment-for-spasms", "an anti-inflammatory medicine, such as ibuprofen"),
    ("muscle relaxers", "treatment-for-spasms", "a muscle relaxer helps a tight muscle let go"),
    ("Botox", "treatment-for-spasms", "botox injections can block nerve signals that are too active"),
    (
        "thorough exam and tests",
        "treatment-for-spasms",
        "a neurologist examines you and does careful, thorough tests",
    ),
    ("a plan for the one patient", "treatment-for-spasms", "a treatment plan that is made for you alone"),
    # When to book, and the practice
    (
        "regular spasms for no clear reason: exam and diagnosis",
        "see-a-neurologist",
        "regularly, for no clear reason? then see a neurologist for an exam and a diagnosis",
    ),
    ("treats cramps, spasms and weakness", "see-a-neurologist", "muscle cramps, spasms and weakness"),
    ("treats other disorders", "see-a-neurologist", "other neurological disorders"),
    ("pain management", "see-a-neurologist", "pain management"),
    ("board certified", "see-a-neurologist", "our neurologists are board certified"),
    ("in New York City", "see-a-neurologist", "we are in new york city"),
]

TEXTS = {source.slug: article_text(source.body).lower() for source in read_sources()}


@pytest.mark.parametrize(("fact", "slug", "words"), FACTS, ids=[fact for fact, _, _ in FACTS])
def test_fact_is_told(fact: str, slug: str, words: str):
    assert words.lower() in TEXTS[slug]
