"""What is in `samples/files/work/`."""

from writers.mail import EMPTY_PDF, Attachment, mail
from writers.office import docx
from writers.opendocument import odp, odt
from writers.pdf import pdf
from writers.plain import rtf, text
from writers.slides import pptx

TRAVEL_EXPENSES = """
# Travel expense policy

The firm refunds what you spend when you travel for it, from a train across town to see a customer to a week abroad.

# Before you leave

Ask your line manager to approve the trip in the finance portal. Book rail in second class. Flights are
allowed when the journey by rail would take more than six hours. Hotels up to 130 a night, breakfast included.

# Afterwards

Hand in your receipts through the portal within thirty days. Photographs of receipts are fine as long as the
date and the tax number can be read. The money is paid into your account together with your next salary.

- Own car: 0.38 per kilometre, parking on top
- Meals: a flat 28 for a full day away, 14 for a half day, no receipts needed
- Tips: up to ten per cent
- Minibar, fines and upgrades: at your own cost

Questions go to Farah in accounts.
"""

ONBOARDING = [
    (
        "Welcome aboard",
        "Induction for newcomers: your first week at Brightwater\nPick up badge and laptop from Priya at nine\n"
        "Meet your team and your mentor at ten",
        "Say hello to the new staff by name. Mention that the passphrase must be changed before lunch, otherwise"
        " the account locks itself.",
    ),
    (
        "Monday to Wednesday",
        "Sign the confidentiality form\nFire safety tour of the building\nSet up mail, calendar and the time sheet",
        "The tour starts at the blue staircase. Newcomers who miss it join on Thursday.",
    ),
    (
        "Thursday and Friday",
        "Sit next to a colleague from support for half a shift\nTell your team lead what surprised you",
        "Ask for honest impressions. They are worth most in the beginning, before the habits set in.",
    ),
]

OUTAGE = """
# Outage report, 4 June

The online shop could not be reached for 47 minutes on Tuesday evening, from 18:52 to 19:39. About 310 baskets
were abandoned.

# Cause

The certificate for the load balancer had expired. The reminder was sent to a mailbox that nobody has read since
Tomasz left in April. Browsers refused the connection, so monitoring inside the data centre saw nothing wrong:
it talks to the servers directly.

# What we did

Yusuf noticed complaints on the phone, renewed the certificate by hand and restarted both balancers.

# What changes

- Certificates renew themselves from now on
- An outside probe opens the front page every minute and rings whoever is on call
- Reminders go to the team, never to one person
"""

REVIEW = [
    (
        "Second quarter",
        "Revenue 1.84 million, up nine per cent on last year\nGarden furniture led, thanks to a dry April and May\n"
        "Returns fell to four per cent",
        "Thank the warehouse first.",
    ),
    (
        "Where it came from",
        "Own shops 41 %\nOnline orders 37 %\nHotels and restaurants 22 %",
        "Hotels are catching up after two lean years.",
    ),
    (
        "What worries us",
        "Freight from Asia costs twice as much as in January\nTwo suppliers are late with cushions",
        "Ask the board for a supplier closer to the warehouse.",
    ),
]

MINUTES = """
Management meeting, 9 September
Present: Dana, Yusuf, Farah, Henrik (minutes). Apologies: Priya.

1. Staffing. No vacancy will be filled until the spring, neither replacements for people who leave nor additional
positions; job advertisements are withdrawn this week and candidates receive a friendly refusal. Apprentices who finish
in January are taken on as promised. Exceptions only with Dana's signature.

2. Parking. The rear yard is closed from October because of the roof works.

3. Christmas party. The old boathouse is booked for 12 December.

Next meeting: 14 October, ten o'clock, small conference room.
"""

PAY = """
Notes for my talk with Dana on Thursday

What I did since the last review: took over the warehouse software when Tomasz left, trained two
apprentices, cut the stocktaking from four days to one and a half. The customer survey names our
team twice.

What I would like: 54,000 instead of 49,500 from January. The pay survey of the trade association
puts my position between 52 and 58 thousand in this region. My salary has not moved for three years,
while prices rose by fourteen per cent.

If she says there is no budget: suggest a bonus in June, five more days of leave, or a four-day week.
Stay calm, let her speak, do not fill the silence. Do not mention the offer from Kestrel.
"""

NOTICE = [
    """
# Employment contract (extract)

# 11 Ending the agreement

During the first six months, which count as probation, either side may end the agreement with two weeks'
written notice. Afterwards the notice period is three months to the end of a calendar quarter. It grows to
four months after five years with the firm.

Notice must be given on paper with a signature; an e-mail or a text message does not count. Unused annual
leave should be taken during the notice period. What remains is paid out with the last salary.

# 12 Return of property

Keys, badge, laptop and telephone are handed back on the final day. Private files must be removed beforehand.

# 13 Reference

A written reference is issued on request within two weeks.
""",
]

MOVE = """
<html><body>
<p>Dear all,</p>
<p>bad news from the builders: the third floor at Canal Street has no electricity certificate, and the lifts are
still wrapped in plastic. We therefore stay where we are <b>until the end of February</b>, four months longer
than planned. The removal firm has been told.</p>
<p>Please do <i>not</i> pack any crates yet. The desks you chose remain yours; the plan is attached once more.</p>
<p>Henrik</p>
</body></html>
"""

COMPLAINT = """
Good morning,

three of the six teak chairs that arrived on Friday have a crack running along the left armrest, and one
of the boxes had plainly been dropped. I enclose pictures. The order number is BW-88213.

I would rather have sound chairs than my money back, but not in six weeks: we are giving a party for my
mother's eightieth on the 21st. Can you send replacements before then and collect the damaged ones?

Kind regards
Margarethe Vance
"""

FILES = {
    "work/travel expenses.docx": docx(TRAVEL_EXPENSES, title="Travel expense policy", created="2023-02-06"),
    "work/onboarding.pptx": pptx(ONBOARDING, title="Your first week", created="2023-08-21"),
    "work/outage report.odt": odt(OUTAGE, title="Outage report, 4 June", created="2024-06-05"),
    "work/quarterly review.odp": odp(REVIEW, title="Second quarter", created="2024-07-09"),
    "work/minutes 9 September.rtf": rtf(MINUTES),
    "work/talk with Dana.txt": text(PAY, encoding="utf-16"),
    "work/contract.pdf": pdf(NOTICE, title="Employment contract", created="2019-05-28"),
    "work/mail/Canal Street.eml": mail(
        "Canal Street: not before March",
        sender="Henrik Solberg <henrik@brightwater.example>",
        to="Everybody <all@brightwater.example>",
        date="2023-10-17 08:14",
        html=MOVE,
        attachment=Attachment("floor-plan-v3.pdf", EMPTY_PDF),
    ),
    "work/mail/cracked chairs.eml": mail(
        "Order BW-88213: cracked armrests",
        sender="Margarethe Vance <m.vance@post.example>",
        to="Brightwater <service@brightwater.example>",
        date="2024-05-13 07:41",
        body=COMPLAINT,
    ),
}
