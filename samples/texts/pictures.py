"""The pictures of `samples/files/`, and the one outside it that serves as a query."""

from writers.pictures import beach, bicycle, floor_plan, lake, near_copy, photograph, png, receipt, webp

SUNSET = {"taken": "2023:08:12 20:41:07", "latitude": 38.6979, "longitude": -9.4215}

FILES = {
    "travel/photos/2023-08 beach at sunset.jpg": photograph(beach, **SUNSET),
    "travel/photos/IMG-20230813-WA0004.jpg": near_copy(beach, width_px=640),
    "travel/photos/mountain lake in autumn.png": png(lake),
    "travel/photos/red bicycle by the canal.webp": webp(bicycle),
    "household/till slip ironmonger.png": png(receipt),
    "household/floor plan.png": png(floor_plan),
}

# What somebody shows to find the picture that it was made from.
QUERIES = {"lake sent by phone.jpg": near_copy(lake, width_px=480)}
