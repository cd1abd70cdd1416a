"""What is in `samples/files/household/`."""
# ruff: noqa: RUF001 - Japanese has brackets and colons of its own

from writers.book import html
from writers.office import xlsx
from writers.opendocument import ods
from writers.pdf import pdf
from writers.plain import text

BOILER = """
Boiler, what Mr Okafor told me when he was here (12 November)

The needle on the gauge should sit between 1 and 1.5 bar. Ours had dropped to 0.4, so the pump
switched itself off and the whole central heating stopped. Nothing is broken.

To put it right:
1. Turn the thermostat down and let everything settle for half an hour.
2. Under the casing there is a silver hose with a black tap at each end. Open both a quarter turn
   and listen for water. Close them again at 1.3 bar.
3. Trapped air collects at the top of the panels, first of all in the bathroom. Use the small brass
   key from the kitchen drawer, hold a rag underneath, stop at the first drops.
4. Check the gauge once more, then press reset for three seconds.

If it falls below 1 again within a month there is a leak, and he has to come back.
Annual service is due in October, 95 for a standing customer.
"""

WIFI = """
# Router and repeater

Tested on a Sunday evening with the laptop, three runs each:

| where | download | latency |
|---|---|---|
| next to the router | 240 Mbit/s | 9 ms |
| living room sofa | 180 Mbit/s | 11 ms |
| attic desk | 6 Mbit/s | 95 ms |

The attic is behind two concrete ceilings. Changing the channel from 11 to 1 brought almost nothing.
What helped: a mesh repeater on the landing, joined by 5 GHz, and the old phone taken off the network.
Afterwards the attic reached 110 Mbit/s and video calls no longer freeze.

- Guest network: on, name *Lindenhof*, password on the fridge
- Firmware 7.57, update itself at four in the morning
- Factory reset: paper clip, ten seconds
"""

INSURANCE = [
    """
# Harbour Mutual: your home policy

Policy number HM-204-7719. Policyholder: R. and J. Lindqvist, 14 Mill Lane.

This booklet explains what we promise, what we leave out and what you pay yourself. Please read it together
with your schedule, which shows the sums insured. The yearly premium is 312.40, taken by direct debit on the
first of March. You may cancel within fourteen days of receiving these papers and we return what you paid.
""",
    """
# Section 1: Theft and fire

We replace belongings stolen by someone who broke in by force, up to 40,000 in all and 2,500 for a single
piece of jewellery. Bicycles are included when they were locked to something fixed. Please report the theft
to the police within 24 hours and send us the report number.

Damage by fire, lightning, explosion and smoke is insured without limit to the rebuilding value. Scorch marks
from irons, cigarettes and candles are not.
""",
    """
# Section 2: Escape of water

We pay for damage caused by water that suddenly leaks from fixed plumbing, washing machines, dishwashers or
central heating. That includes drying out, new plaster, floorboards and fitted cupboards, and finding the leak,
up to 5,000. Your excess is 250.

We do not pay for slow seepage over more than two weeks, for frost damage in a house left unheated and empty
for over thirty days, or for the worn-out part itself. Turn off the stopcock straight away, take photographs,
and keep the soaked carpet until our assessor has seen it.
""",
    """
# Section 3: If you disagree with us

Write to the Complaints Desk, Harbour Mutual, Quay House. We answer within eight weeks. If our answer does
not satisfy you, the ombudsman decides free of charge, and the decision binds us but not you.

Claims line, day and night: 0555 019 204. Have your policy number ready.
""",
]

MIETVERTRAG = """
Wohnung Gartenstraße 8, Notizen zum Mietvertrag

Kaltmiete 890 Euro, dazu 165 Euro Vorauszahlung auf die Nebenkosten. Die Kaution von drei Monatsmieten
liegt auf einem Sparbuch; sie wird spätestens sechs Monate nach dem Auszug zurückgezahlt.

Die Kündigungsfrist beträgt für uns drei Monate zum Monatsende. Schönheitsreparaturen müssen wir nur
übernehmen, wenn die Wohnung beim Einzug frisch gestrichen war, und das war sie nicht (siehe Protokoll).

Haustiere: Frau Brückner erlaubt eine Katze, einen Hund nur nach Absprache.
Heizung und Warmwasser werden über Zwischenzähler abgerechnet. Ablesung jedes Jahr im Januar.
Der Keller ist feucht, also keine Bücher und keine Kartons direkt auf den Boden stellen.
Müll: Papier alle zwei Wochen dienstags, Biotonne donnerstags.
"""

LENTILS = """
# Red lentils with coconut

For four, about 2.20 altogether, thirty minutes, one pan.

- 300 g red lentils
- 1 onion, 3 cloves of garlic, a thumb of ginger
- 2 carrots, 1 tin of tomatoes, 1 tin of coconut milk
- cumin, turmeric, chilli, salt, half a lemon

Soften the onion slowly in oil. Add garlic, ginger and the spices and stir until it smells good. Tip in
the lentils, carrots, tomatoes and 700 ml of water. Simmer for twenty minutes. Stir in the coconut milk,
season, squeeze the lemon over it. No meat, no stock cube, nothing fancy.

Good with rice or flatbread. Keeps three days and freezes well.
"""

SOURDOUGH = """
# Our country loaf

Feed the starter the evening before: 20 g from the jar, 60 g rye flour, 60 g lukewarm water. It lives on
what floats in the air and sits on the grain, and it is ready when it has doubled and smells of green apples.

Mix 500 g wheat flour, 340 g water and 110 g of the bubbly starter. Rest for half an hour, then work in 11 g
of salt. Stretch and fold the dough every thirty minutes, four times. Leave it until it wobbles like jelly.

Shape it gently, put it into a floured basket, cover, and let it stand in the fridge overnight.

Heat the oven to 250 degrees with an iron pot inside. Score the top, twenty minutes with the lid on, twenty-five
without. The crust should sound hollow when you knock on it. Wait an hour before cutting, however hard that is.
"""

TARTE = """
La tarte aux pommes de ma grand-mère

Pour la pâte : 200 g de farine, 100 g de beurre bien froid, une pincée de sel, un peu d'eau glacée.
Mélanger du bout des doigts, former une boule et la laisser reposer une heure au réfrigérateur.

Éplucher six pommes, de préférence des reinettes. En faire cuire deux en compote avec une cuillère
de cassonade et un bâton de cannelle. Couper les autres en lamelles très fines.

Étaler la pâte, la piquer à la fourchette, y verser la compote, puis disposer les lamelles en rosace,
comme elle le faisait, en commençant toujours par le bord. Quelques noisettes de beurre par-dessus.

Trente-cinq minutes à four chaud, jusqu'à ce que les bords soient dorés. À la sortie du four, napper
de gelée de groseilles tiède. Servir tiède, avec de la crème fraîche. Surtout pas de glace, disait-elle.
"""

CURRY = """
カレーの作り方（四人分）

材料：鶏もも肉 四百グラム、玉ねぎ 二個、にんじん 一本、じゃがいも 三個、カレールウ 半箱、油 少々。

一、玉ねぎを薄く切り、弱火で二十分ほど、あめ色になるまで炒める。
二、一口大に切った鶏肉を入れ、表面の色が変わるまで炒める。
三、にんじんとじゃがいもを加え、水七百ミリリットルを注いで、沸騰したらあくを取る。
四、弱火で十五分煮込み、火を止めてからルウを割り入れる。
五、もう一度弱火にかけ、とろみがつくまで混ぜる。

母のこつ：最後にりんごのすりおろしと、しょうゆを小さじ一杯入れる。翌日のほうがおいしい。
"""

BUDGET = {
    "Monthly": [
        ["Outgoings", "January", "February", "March"],
        ["Wages after tax", 3890, 3890, 4015],
        ["Rent", 1180, 1180, 1180],
        ["Supermarket and bakery", 468.2, 441.75, 502.1],
        ["Restaurants and takeaway", 96, 132.5, 74.9],
        ["Electricity and gas", 143, 143, 143],
        ["Bus and train passes", 98, 98, 98],
        ["Piano lessons", 120, 120, 90],
        ["Set aside", 500, 500, 600],
    ],
    "Savings": [
        ["Pot", "Target", "So far"],
        ["New roof", 12000, 4350],
        ["Summer in Ireland", 2400, 1900],
        ["Rainy days", 5000, 5000],
    ],
}

INVENTORY = {
    "Belongings": [
        ["Thing", "Room", "Bought", "Price"],
        ["Upright piano, Feldmann 1972", "living room", "2016", 3200],
        ["Oak dining table with six chairs", "dining room", "2019", 1450],
        ["Washing machine, 8 kg", "cellar", "2021", 619],
        ["Pearl necklace from Aunt Ingrid", "safe", "inherited", 1800],
        ["Cargo bike, electric", "shed", "2022", 4990],
        ["Stamp album", "study", "1988", 350],
    ],
}

FILES = {
    "household/boiler.txt": text(BOILER),
    "household/wifi.md": text(WIFI),
    "household/home insurance.pdf": pdf(INSURANCE, title="Harbour Mutual home policy", created="2022-03-01"),
    "household/Mietvertrag.txt": text(MIETVERTRAG),
    "household/budget 2024.xlsx": xlsx(BUDGET, title="Household budget 2024", created="2024-01-02"),
    "household/inventory.ods": ods(INVENTORY, title="Inventory", created="2023-05-14"),
    "household/recipes/lentils.md": text(LENTILS),
    "household/recipes/sourdough.html": html(SOURDOUGH, title="Our country loaf"),
    "household/recipes/tarte aux pommes.txt": text(TARTE, encoding="latin-1"),
    "household/recipes/カレー.txt": text(CURRY),
}
