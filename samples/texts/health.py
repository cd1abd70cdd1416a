"""What is in `samples/files/health/`."""

from writers.pdf import pdf
from writers.plain import csv_text, text

EXERCISES = """
# Sheet from the physiotherapist

Lumbar spine, twice daily, about ten minutes. Stop when it tingles in the leg.

1. **Knees to chest.** Lie flat, pull both knees in with your hands, hold for twenty seconds, five times.
2. **Cat and cow.** On all fours, round the spine and let it sink, slowly, ten times.
3. **Bridge.** Feet hip-wide, raise the pelvis, tighten the buttocks, hold for five breaths.
4. **Hamstrings.** Strap around the foot, leg straight up, half a minute on each side.

Sitting: get up every forty minutes. Lifting: bend the knees, keep the load close to the body.
Next appointment: 3 June, 16:15, with Ms Haddad.
"""

ALLERGY = [
    """
# Paediatric allergy clinic

Report on Emil Lindqvist, aged six, seen on 22 January.

Skin prick test: groundnut 9 mm, hazelnut 6 mm, almond negative, milk and egg negative. Specific IgE
against groundnut is strongly raised. After half a biscuit in kindergarten he had hives and wheezing within ten minutes.

Advice: strict avoidance of groundnut and hazelnut, also in traces. Read every label. He should carry two adrenaline
pens, one in the satchel and one with the teacher; staff must be shown how to use them. Antihistamine drops for mild
symptoms. After any injection call an ambulance, even if he seems well.

Review in twelve months. Some boys and girls lose the sensitivity before school age; a supervised challenge will be
offered if the values fall.
""",
]

INSOMNIA = """
Nights, weeks 1 and 2

To bed at eleven, lights off. Most nights I am still awake at half past one, mind going round in
circles about the roof and the loan. Up at three, up at five. Alarm at half past six, exhausted.

Dr Weiss suggests:
- only lie down when truly drowsy, and get out again after twenty minutes of tossing
- same alarm every morning, Sundays too, no naps
- last coffee at noon, no telephone in the bedroom, window open
- write the worries on paper after supper, then close the notebook

Week 3: four nights out of seven straight through until six. Week 4: five.
"""

BLOOD_PRESSURE = [
    ["date", "time", "systolic mmHg", "diastolic mmHg", "pulse", "remark"],
    ["2024-02-01", "07:10", "148", "94", "72", "before the tablet"],
    ["2024-02-01", "19:30", "139", "88", "68", ""],
    ["2024-02-02", "07:05", "151", "96", "75", "slept badly"],
    ["2024-02-03", "07:15", "144", "91", "70", ""],
    ["2024-02-05", "07:00", "138", "87", "69", "new dose, 5 mg ramipril"],
    ["2024-02-08", "07:10", "131", "84", "66", ""],
    ["2024-02-12", "07:05", "127", "81", "65", "after a walk"],
]

FILES = {
    "health/physiotherapist.md": text(EXERCISES),
    "health/Emil clinic report.pdf": pdf(ALLERGY, title="Report on Emil Lindqvist", created="2024-01-24"),
    "health/nights.txt": text(INSOMNIA),
    "health/systolic.csv": csv_text(BLOOD_PRESSURE),
}
