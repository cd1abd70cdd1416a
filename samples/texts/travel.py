"""What is in `samples/files/travel/`, but for the pictures."""

from writers.book import html
from writers.office import docx
from writers.pdf import pdf
from writers.plain import text

LISBON = """
# Lisbon, 11 to 16 April

# Thursday

Landing 13:20. Underground to Baixa, keys from Senhora Matos in the cafe below the flat. Evening: up to the castle
walls for the sunset, grilled sardines in Alfama, perhaps fado if we are still awake.

# Friday

Yellow number 28 before nine, otherwise one stands in line for an hour. Belém in the afternoon: monastery, tower,
warm pastéis at the blue-tiled place. Tickets for the monastery are in the folder.

# Saturday

Sintra by train, 40 minutes. The painted palace first, then the Moorish walls. Bring a pullover, it is foggy up there.

# Sunday to Tuesday

Atlantic at Cascais. Tile museum if it rains. Flight back Tuesday 18:05, leave the flat at 15:30.
"""

PACKING = """
Lapland in February, minus twenty-five

Worn next to the skin: two sets of merino underwear, four pairs of thick socks
On top: fleece jumper, down jacket, lined trousers, the red waterproof shell
Head and hands: woollen hat with ears, scarf, thin gloves inside big mittens
Feet: felt-lined boots, one size too large, crampons that slip over the sole

Also: head torch (it is dark by two), lip balm, thermos flask, hand warmers, swimming trunks for the
sauna, playing cards, charger, spare batteries carried close to the body

Leave behind: jeans, umbrella, the good shoes
"""

BOOKING = """
# Your booking is confirmed

Thank you, Mr Lindqvist. Reference: QX7T4M

Night train 295, Stockholm C 18:09 to Narvik 12:46, Saturday 3 February. Coach 12, berths 41 and 43, sleeping
compartment for two, lower and middle. Breakfast is served from seven in coach 9.

Your ticket is the code below; show it on your telephone. Changes are free until six hours before departure, after
that half the fare is kept. Skis travel in the luggage rack at the end of the coach.
"""

VISA = [
    """
# Consulate of the Republic of Tarvania: notes for applicants

Nationals of most European states may stay up to thirty days without a visa. Longer stays, paid work and
journalism need one in advance.

Please bring to our desk: a passport valid for six months beyond departure with two blank pages, one
photograph of 35 by 45 mm, the completed form T-2, proof of lodging, and a bank statement of the last three
months. The fee is 60, in cash, and is not given back if the answer is no.

A decision takes ten working days. At the border, officers can ask for the return ticket and refuse admission
even to holders of a valid visa.
""",
]

FILES = {
    "travel/Lisbon.docx": docx(LISBON, title="Lisbon, 11 to 16 April", created="2024-03-08"),
    "travel/Lapland list.txt": text(PACKING),
    "travel/night train.html": html(BOOKING, title="Your booking is confirmed"),
    "travel/Tarvania visa.pdf": pdf(VISA, title="Notes for applicants", created="2022-10-04"),
}
