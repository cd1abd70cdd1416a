"""What is in `samples/files/study/`."""

from writers.book import epub
from writers.opendocument import odt
from writers.plain import json_text, notebook, text

ESSAY = """
# Paris, summer of 1789

Essay, second draft. Too long, cut the part about the salt tax.

By the spring of 1789 a Parisian mason spent nearly nine tenths of his wage on bread. Two poor harvests, a hard
winter and a treasury emptied by foreign wars had brought France to the edge. The monarchy could neither borrow
nor tax the nobility and the clergy, who paid next to nothing.

When Louis summoned the Estates General, he hoped for money. What he received was sixty thousand notebooks full of
grievances. The deputies of the third estate declared themselves the National Assembly, found their hall locked and
swore in a tennis court not to part until there was a constitution.

The storming of the Bastille on 14 July freed only seven prisoners, yet it showed that the crown had lost the
street, and soon the army as well. Hunger lit the fire; the humiliation of being ruled without a voice kept it alive.
"""

PHOTOSYNTHESIS = {
    "deck": "Botany, week 5",
    "cards": [
        {
            "front": "Photosynthesis, in one line",
            "back": "Leaves use light to build glucose from carbon dioxide and water; oxygen is left over.",
        },
        {
            "front": "Where does it happen?",
            "back": "In the chloroplasts, on the thylakoid membranes and in the stroma.",
        },
        {
            "front": "What does chlorophyll do?",
            "back": "It absorbs red and blue photons and passes on excited electrons.",
        },
        {
            "front": "Calvin cycle",
            "back": "Fixes CO2 with the enzyme RuBisCO; needs ATP and NADPH from the light reactions.",
        },
        {"front": "Why are leaves green?", "back": "Green wavelengths are mostly reflected."},
    ],
}

LIGHTHOUSE = {
    "The lamp": """
Matthias Broch had kept the light on Skarvholm for thirty-one years. Every evening he climbed the hundred and twelve
steps, trimmed the wick, wound the clockwork and sent the beam out over the reef, three flashes and a pause, three
flashes and a pause. He had buried his wife there, and the dog after her. Only the gulls answered him now.

On the charts the reef was a row of small crosses. He knew each of them by its name and by the vessel it had taken.
""",
    "The letter": """
In October the supply boat brought flour, paraffin and a letter from the harbour board. The tower was to be fitted
with an electric lamp that needed nobody. He read it twice and used it to light the stove.

That night the fog came in so thick that the beam stood like a wall in front of the glass. He rang the bell by hand
until morning. Towards five a trawler sounded its horn, close, turned, and was gone. Nobody ever thanked him for it.
He made coffee, wrote *fog, wind north-west, nothing to report* in the book, and slept.
""",
}

BIRDS = [
    (
        "markdown",
        "# Swallows on the farm\n\nDo the nests get fewer? Counts from twelve summers, one least-squares line.",
    ),
    (
        "code",
        "import numpy as np\n\nyears = np.arange(2012, 2024)\n"
        "nests = np.array([31, 29, 30, 27, 28, 24, 25, 22, 23, 19, 20, 18])\n"
        "slope, intercept = np.polyfit(years, nests, deg=1)\nprint(f'{slope:.2f} nests per year')",
    ),
    (
        "markdown",
        "The regression gives a slope of about -1.2 nests per year; R squared is 0.94. Extrapolating further than"
        " five years would be nonsense. Next: compare with the neighbour's barn.",
    ),
]

TIMETABLE = """
Exams in February

Mon 5   09:00   Organic chemistry        hall B    pencil, ruler, no calculator
Thu 8   14:00   Genetics                 hall A    one handwritten sheet allowed
Tue 13  10:30   Statistics for biology   room 204  calculator without memory
Fri 16  09:00   Plant physiology         hall B    oral, 20 minutes, Dr Amari

Registration closes on 15 January. Whoever falls ill needs a doctor's note within three days.
"""

FILES = {
    "study/essay.odt": odt(ESSAY, title="Paris, summer of 1789", created="2021-11-18"),
    "study/flashcards.json": json_text(PHOTOSYNTHESIS),
    "study/Skarvholm.epub": epub("Skarvholm", LIGHTHOUSE, author="Ane Dahl", created="2020-02-11"),
    "study/swallows.ipynb": notebook(BIRDS),
    "study/exams.txt": text(TIMETABLE),
}
