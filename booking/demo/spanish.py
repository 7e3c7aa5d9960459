"""What the demo practice's texts say in Spanish."""

from typing import Any

TRAIGA = "Traiga su identificación con foto, su tarjeta del seguro y una lista de sus medicinas."

LOCATIONS = {
    "alder-street": {
        "directions_es": "La puerta está entre la farmacia y la panadería. Toque el timbre con el número 2.",
        "access_notes_es": "Hay elevador. La entrada no tiene escalones.",
    },
    "juniper-street": {
        "directions_es": "Estamos frente a la biblioteca. La sala de espera está a la izquierda.",
        "access_notes_es": "La entrada no tiene escalones. "
        "Junto a la puerta hay un lugar para conductores con discapacidad.",
    },
}

VISIT_TYPES = {
    "new-patient": {
        "name_es": "Primera cita por espasmos, calambres o sacudidas",
        "summary_es": "También si su última cita fue hace más de 3 años",
        "preparation_es": f"{TRAIGA}\n"
        "Si puede, grabe un espasmo con su teléfono y anote cuándo pasó.\n"
        "Puede venir con alguien.",
    },
    "follow-up": {
        "name_es": "Cita de control",
        "summary_es": "Ha tenido una cita aquí en los últimos 3 años",
        "preparation_es": "Traiga una lista de sus medicinas.\nAnote qué ha cambiado desde su última cita.",
    },
    "emg": {
        "name_es": "Prueba de nervios y músculos (EMG)",
        "summary_es": "Necesita una orden de un médico",
        "preparation_es": f"{TRAIGA}\n"
        "Traiga la orden de su médico.\n"
        "Ese día no use loción ni crema en la piel.\n"
        "Use ropa holgada.\n"
        "Llámenos antes de la prueba si toma un anticoagulante o tiene un marcapasos.",
    },
    "botox": {
        "name_es": "Tratamiento con Botox",
        "summary_es": "Su neurólogo ya se lo sugirió",
        "preparation_es": "Use ropa que deje el músculo al alcance.\n"
        "Llámenos antes de la cita si está enfermo o toma una medicina nueva.",
    },
    "telehealth-follow-up": {
        "name_es": "Cita de control por video",
        "summary_es": "Por video, desde donde esté",
        "preparation_es": "Busque un lugar tranquilo con buena luz.\nTenga sus medicinas a la mano.",
    },
    "not-sure": {
        "name_es": "Cita para saber qué necesita",
        "summary_es": "Lo vemos juntos y planeamos el siguiente paso",
        "preparation_es": f"{TRAIGA}\nAnote qué siente y cuándo empezó.",
    },
}

# In the order of the questions.
QUESTIONS: dict[str, list[dict[str, Any]]] = {
    "new-patient": [
        {
            "wording_es": "¿Desde cuándo tiene este problema?",
            "choices_es": "Menos de un mes\nDe uno a seis meses\nMás de seis meses\nNo lo sé",
        },
        {
            "wording_es": "¿Ya le han hecho pruebas por esto?",
            "hint_es": "Por ejemplo, análisis de sangre, una imagen o una prueba de nervios.",
        },
    ],
    "emg": [
        {
            "wording_es": "¿Toma un anticoagulante?",
            "hint_es": "De todos modos puede hacerse la prueba. Nos preparamos para ello.",
        },
        {"wording_es": "¿Tiene un marcapasos u otro aparato en el cuerpo?"},
    ],
    "botox": [
        {
            "wording_es": "¿Cuándo fue su último tratamiento?",
            "hint_es": "Basta con el mes. Escriba “ninguno” si este es el primero.",
        },
    ],
}

PRACTITIONERS = {
    "lena-fischer": {
        "title_es": "Dra.",
        "role_es": "Neuróloga",
        "bio_es": "Enfermedades de los nervios y los músculos. Habla inglés y alemán.",
    },
    "amara-osei": {
        "title_es": "Dra.",
        "role_es": "Neuróloga",
        "bio_es": "Espasmos, calambres y sacudidas. Habla inglés y francés.",
    },
    "priya-nair": {
        "role_es": "Enfermera especializada",
        "bio_es": "Primeras citas y revisión de medicinas. Habla inglés e hindi.",
    },
    "mateo-santos": {
        "title_es": "Dr.",
        "role_es": "Neurólogo",
        "bio_es": "Músculos rígidos y tratamiento con Botox. Habla inglés y español.",
    },
    "ruth-adler": {
        "title_es": "Dra.",
        "role_es": "Neuróloga",
        "bio_es": "Pruebas de nervios y músculos. Habla inglés.",
    },
}

CHAIN = {
    "name_es": "Prueba de nervios y después su cita",
    "summary_es": "Dos citas el mismo día: primero la prueba y después hablamos de lo que muestra.",
}
