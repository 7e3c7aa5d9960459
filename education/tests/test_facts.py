"""Every fact that the articles must cover, with the article and the words that tell it in each language."""

import pytest

from education.sources import read_sources
from education.tests.reading import article_text

# (the fact, the article, the words that tell it in English, and in Spanish)
FACTS = [
    # What a spasm is
    (
        "muscles obey without thought, from kitchen to marathon",
        "muscle-spasms",
        "on a walk to the kitchen or in a marathon",
        "al caminar a la cocina o al correr un maratón",
    ),
    (
        "a spasm or cramp makes a muscle felt",
        "muscle-spasms",
        "a spasm or cramp is when a muscle makes itself felt",
        "un espasmo o calambre es cuando un músculo se hace sentir",
    ),
    (
        "it is an involuntary contraction",
        "muscle-spasms",
        "doctors call this an involuntary contraction",
        "los médicos lo llaman contracción involuntaria",
    ),
    ("the muscle was overexerted", "muscle-spasms", "has worked too hard", "trabajó demasiado"),
    ("the muscle is tired", "muscle-spasms", "is tired", "está cansado"),
    (
        "the muscle was held in one position",
        "muscle-spasms",
        "was held in one position for too long",
        "estuvo demasiado tiempo en la misma posición",
    ),
    (
        "it can be very painful",
        "muscle-spasms",
        "pain, which can be very strong",
        "dolor, que puede ser muy fuerte",
    ),
    (
        "it limits the range of motion",
        "muscle-spasms",
        "a muscle that you can hardly move until it lets go",
        "un músculo que casi no puede mover hasta que se suelta",
    ),
    (
        "it is usually temporary and harmless",
        "muscle-spasms",
        "most spasms last only a short time and do no harm",
        "la mayoría de los espasmos dura poco tiempo y no hace daño",
    ),
    (
        "it can be a symptom of something serious",
        "muscle-spasms",
        "a spasm is a sign of a more serious health problem",
        "un espasmo es señal de un problema de salud más serio",
    ),
    (
        "the main trigger is exercise in the heat",
        "muscle-spasms",
        "the main trigger is long, hard exercise in hot weather",
        "lo que más los provoca es el ejercicio largo y fuerte cuando hace calor",
    ),
    ("there are many other triggers", "muscle-spasms", "there are many others", "hay muchas otras"),
    # Other causes
    ("pinched nerves", "muscle-spasms", "a pinched nerve", "un nervio pinzado"),
    (
        "not enough blood flow",
        "muscle-spasms",
        "not enough blood flow to the muscle",
        "poca circulación de la sangre hacia el músculo",
    ),
    (
        "not enough minerals",
        "muscle-spasms",
        "not enough minerals in the body",
        "pocos minerales en el cuerpo",
    ),
    ("autoimmune disease", "muscle-spasms", "an autoimmune disease", "una enfermedad autoinmune"),
    ("damaged muscle tissue", "muscle-spasms", "muscle tissue that is damaged", "tejido muscular dañado"),
    ("stress", "muscle-spasms", "stress", "el estrés"),
    # Dehydration
    ("dehydration", "cramps-from-heat-and-exercise", "you get dehydrated", "se deshidrata"),
    (
        "water and minerals in the right mix",
        "cramps-from-heat-and-exercise",
        "minerals in the right mix",
        "minerales en la mezcla correcta",
    ),
    (
        "glucose",
        "cramps-from-heat-and-exercise",
        "water, sugar (glucose) and minerals",
        "agua, azúcar (glucosa) y minerales",
    ),
    (
        "salt, potassium, magnesium, calcium",
        "cramps-from-heat-and-exercise",
        "salt, potassium, magnesium and calcium",
        "sal, potasio, magnesio y calcio",
    ),
    (
        "a disturbed supply brings spasms",
        "cramps-from-heat-and-exercise",
        "when the mix is upset, a muscle can go into spasm",
        "cuando la mezcla se altera, un músculo puede tener un espasmo",
    ),
    # Atherosclerosis
    (
        "atherosclerosis",
        "leg-cramps-and-blood-flow",
        "doctors call this atherosclerosis",
        "los médicos lo llaman aterosclerosis",
    ),
    (
        "peripheral artery disease",
        "leg-cramps-and-blood-flow",
        "also called peripheral artery disease",
        "también se llama enfermedad arterial periférica",
    ),
    ("narrowed arteries", "leg-cramps-and-blood-flow", "make them narrow", "estrecharlas"),
    (
        "supply of blood and electrolytes",
        "leg-cramps-and-blood-flow",
        "upset the supply of blood and electrolytes to the muscle",
        "alteran el paso de sangre y electrolitos hacia el músculo",
    ),
    (
        "cramps in the legs are common",
        "leg-cramps-and-blood-flow",
        "painful spasms and cramps in the legs are common",
        "los espasmos y calambres dolorosos en las piernas son comunes",
    ),
    # Chronic pain
    (
        "chronic pain of back or neck",
        "back-and-neck-spasms",
        "chronic pain of the back or neck can lead to spasms",
        "el dolor crónico de la espalda o el cuello puede llevar a espasmos",
    ),
    (
        "arthritis of the spine",
        "back-and-neck-spasms",
        "arthritis of the spine can set them off",
        "la artritis de la columna puede provocarlos",
    ),
    (
        "an old injury to the trunk",
        "back-and-neck-spasms",
        "so can an old injury to your trunk",
        "también puede hacerlo una lesión vieja del tronco",
    ),
    (
        "the trunk's muscle groups",
        "back-and-neck-spasms",
        "large groups of muscles that lead to your arms, neck, chest, back and legs",
        "grupos grandes de músculos que llegan a los brazos, el cuello, el pecho, la espalda y las piernas",
    ),
    # Obesity and other conditions
    (
        "obesity",
        "conditions-linked-to-spasms",
        "being overweight or having obesity",
        "el sobrepeso o la obesidad",
    ),
    (
        "multiple sclerosis",
        "conditions-linked-to-spasms",
        "multiple sclerosis (MS)",
        "la esclerosis múltiple (MS, en inglés)",
    ),
    (
        "ALS",
        "conditions-linked-to-spasms",
        "amyotrophic lateral sclerosis (ALS)",
        "la esclerosis lateral amiotrófica (ALS, en inglés)",
    ),
    ("anemia", "conditions-linked-to-spasms", "anemia, when", "anemia, cuando"),
    ("diabetes", "conditions-linked-to-spasms", "diabetes, when", "diabetes, cuando"),
    (
        "kidney disease",
        "conditions-linked-to-spasms",
        "with kidney disease, that balance can be upset",
        "con una enfermedad de los riñones, ese equilibrio se puede alterar",
    ),
    (
        "thyroid conditions",
        "conditions-linked-to-spasms",
        "thyroid conditions, when",
        "problemas de la tiroides, cuando",
    ),
    (
        "spinal cord injuries",
        "conditions-linked-to-spasms",
        "spinal cord injuries",
        "las lesiones de la médula espinal",
    ),
    # Prevention
    (
        "prevention is the best defense",
        "prevent-spasms",
        "the best defense against spasms is to prevent them",
        "la mejor defensa contra los espasmos es prevenirlos",
    ),
    (
        "water before, during and after",
        "prevent-spasms",
        "drink plenty of water before, during and after exercise",
        "tome bastante agua antes, durante y después del ejercicio",
    ),
    (
        "water at work in the heat",
        "prevent-spasms",
        "do the same when you work outdoors in the heat",
        "haga lo mismo cuando trabaje afuera con calor",
    ),
    (
        "warm up with gentle stretches",
        "prevent-spasms",
        "warm up your muscles with gentle stretches before you exercise or work",
        "caliente los músculos con estiramientos suaves antes de hacer ejercicio o trabajar",
    ),
    # Relief at home
    (
        "stretch to the full length until it eases",
        "relief-at-home",
        "stretch the muscle gently to its full length. hold it until it eases",
        "estire el músculo con suavidad hasta todo su largo. manténgalo así hasta que se alivie",
    ),
    ("warm compresses", "relief-at-home", "put a warm compress on it", "póngale una compresa tibia"),
    ("rest", "relief-at-home", "rest the muscle", "descanse el músculo"),
    # Medical treatment
    (
        "where another condition is the cause",
        "treatment-for-spasms",
        "if another condition is the cause, a doctor may prescribe",
        "si la causa es otra condición, un médico puede recetar",
    ),
    (
        "ibuprofen",
        "treatment-for-spasms",
        "an anti-inflammatory medicine, such as ibuprofen",
        "una medicina antiinflamatoria, como el ibuprofeno",
    ),
    (
        "muscle relaxers",
        "treatment-for-spasms",
        "a muscle relaxer helps a tight muscle let go",
        "un relajante muscular ayuda a un músculo tenso a soltarse",
    ),
    (
        "Botox",
        "treatment-for-spasms",
        "botox injections can block nerve signals that are too active",
        "las inyecciones de botox pueden bloquear señales de los nervios que están demasiado activas",
    ),
    (
        "thorough exam and tests",
        "treatment-for-spasms",
        "a neurologist examines you and does careful, thorough tests",
        "un neurólogo le hace un examen y pruebas cuidadosas y completas",
    ),
    (
        "a plan for the one patient",
        "treatment-for-spasms",
        "a treatment plan that is made for you alone",
        "un plan de tratamiento hecho solo para usted",
    ),
    # When to book, and the practice
    (
        "regular spasms for no clear reason: exam and diagnosis",
        "see-a-neurologist",
        "regularly, for no clear reason? then see a neurologist for an exam and a diagnosis",
        "con regularidad, sin una razón clara? entonces vea a un neurólogo para un examen y un diagnóstico",
    ),
    (
        "treats cramps, spasms and weakness",
        "see-a-neurologist",
        "muscle cramps, spasms and weakness",
        "calambres, espasmos y debilidad de los músculos",
    ),
    (
        "treats other disorders",
        "see-a-neurologist",
        "other neurological disorders",
        "otros trastornos neurológicos",
    ),
    ("pain management", "see-a-neurologist", "pain management", "manejo del dolor"),
    (
        "board certified",
        "see-a-neurologist",
        "our neurologists are board certified",
        "nuestros neurólogos están certificados por la junta de su especialidad",
    ),
    (
        "in New York City",
        "see-a-neurologist",
        "we are in new york city",
        "estamos en la ciudad de nueva york",
    ),
]

TEXTS = {(source.language, source.slug): article_text(source.body).lower() for source in read_sources()}


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("fact", "slug", "english", "spanish"), FACTS, ids=[fact for fact, *_ in FACTS])
def test_fact_is_told(fact: str, slug: str, english: str, spanish: str, language: str):
    words = {"en": english, "es": spanish}[language]

    assert words.lower() in TEXTS[language, slug]
