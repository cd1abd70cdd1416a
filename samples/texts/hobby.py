"""What is in `samples/files/hobby/`."""

from writers.book import html
from writers.pdf import pdf
from writers.plain import text

TOMATOES = """
# Greenhouse diary

**3 May.** Planted out eight San Marzano and four Black Krim. Basil between them, marigolds by the door.

**28 June.** First trusses set. Pinched out side shoots, tied everything to the strings.

**14 July.** On the San Marzano the blossom end turns leathery, a sunken dark patch, always on the
underside of the fruit. Not a fungus: it is a lack of calcium, and that comes from uneven watering. I was away for
five days. From now on every morning, the same two cans, and straw on the soil.

**2 August.** New fruit is clean. The affected ones I cut off and made into chutney.
"""

DERAILLEUR = """
# Indexing a rear derailleur

If the shifting is noisy or hesitates between two sprockets, the cable has stretched. You need no tools for this,
only a repair stand or somebody who lifts the saddle.

Shift to the smallest sprocket. Turn the pedals and click once. If nothing moves across, give the barrel adjuster a
half turn anticlockwise, which adds cable tension. If it overshoots and rattles against the next one, turn it back.
Work your way up to the largest sprocket and down again.

When it still slips under load, look at the hanger: a fall to the right bends it inwards. A worn cassette shows
teeth like shark fins; then replace it together with the chain. The limit screws marked H and L are set once and
should be left alone.
"""

KNITTING = [
    """
# Fjord: a pattern for cold feet

Size 38 to 40. 100 g four-ply wool, a set of five 2.5 mm needles.

Cuff: cast on 64 stitches and join in the round. Work 18 rounds of ribbing, two plain, two purl. Continue in
stocking stitch for 14 cm.

Heel: over 32 stitches work 30 rows of heel flap, slipping the first stitch of each row. Turn the heel, then pick
up 16 stitches along either side and decrease for the gusset in every second round until 64 remain.

Foot and toe: knit straight until it measures 20 cm from the heel. Decrease four stitches in every second round down to
24, then graft the toe. Weave in the ends. Begin the second one at once, or you never will.
""",
]

TELESCOPE = [
    """
# Vesper 150: owner's manual

A Newtonian reflector with a 150 mm primary mirror and 750 mm focal length on an equatorial mount.

In the box: tube, mount, tripod, two counterweights, finder, eyepieces of 25 mm and 10 mm, red torch.

Never point the tube at the sun without a filter over the whole opening. It blinds you at once and for ever.
""",
    """
# Setting up the mount

Spread the tripod on firm ground and level it. Slide both counterweights onto the shaft, then lay the tube into its
rings and balance it until it stays wherever you leave it. Set the latitude scale to your own latitude and turn the
polar axis to the north.
""",
    """
# Finding your way in the sky

Line up the finder by day with a distant chimney. Begin with the moon at first quarter, then Jupiter with its four
moons and Saturn with its rings. Use the 25 mm eyepiece to search and the 10 mm to look closely. Let your eyes get
used to the dark for twenty minutes.
""",
    """
# Collimation

If a bright point at high power shows a lopsided flare instead of even rings, or nothing ever snaps into focus, the
mirrors are tilted against each other. Put the cap with the small hole into the focuser. First turn the three screws
of the secondary until the primary sits centred in it, then loosen the locks behind the primary and turn its knobs
until the dark dot lies in the middle. Check after every transport.
""",
    """
# Care

Keep both caps on. Dew dries by itself; do not wipe. Dust does no harm for years. Wash a mirror only when you can no
longer see yourself in it, with lukewarm water and a drop of washing-up liquid, without rubbing.

Guarantee: five years on mechanics, two on coatings.
""",
]

FILES = {
    "hobby/greenhouse.md": text(TOMATOES),
    "hobby/derailleur.html": html(DERAILLEUR, title="Indexing a rear derailleur"),
    "hobby/Fjord pattern.pdf": pdf(KNITTING, title="Fjord", created="2018-12-02"),
    "hobby/Vesper 150 manual.pdf": pdf(TELESCOPE, title="Vesper 150: owner's manual", created="2017-09-15"),
}
