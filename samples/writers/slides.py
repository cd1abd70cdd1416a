"""PPTX. A slide needs a layout, a layout a master, a master a theme, and notes a master of their own."""

from xml.sax.saxutils import escape

from writers.opc import RELATIONS, Part, package

DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
SPACES = f'xmlns:a="{DRAWING}" xmlns:r="{RELATIONS}" xmlns:p="{SLIDE}"'
GROUP = (
    '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr><a:xfrm>'
    '<a:off x="0" y="0"/><a:ext cx="0" cy="0"/><a:chOff x="0" y="0"/><a:chExt cx="0" cy="0"/></a:xfrm></p:grpSpPr>'
)
EMPTY = f"<p:cSld><p:spTree>{GROUP}</p:spTree></p:cSld>"
COLOURS = (
    '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3"'
    ' accent4="accent4" accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/>'
)
PALETTE = {
    "dk1": "1B1F23",
    "lt1": "FFFFFF",
    "dk2": "23395B",
    "lt2": "F2EFE9",
    "accent1": "2F6690",
    "accent2": "C8553D",
    "accent3": "588B8B",
    "accent4": "F28F3B",
    "accent5": "6A4C93",
    "accent6": "8AB17D",
    "hlink": "2F6690",
    "folHlink": "6A4C93",
}
FILL = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
EFFECT = "<a:effectStyle><a:effectLst/></a:effectStyle>"


def pptx(slides: list[tuple[str, str, str]], *, title: str, created: str) -> bytes:
    """Slides of (heading, lines, speaker's notes)."""
    numbers = range(1, len(slides) + 1)
    main = Part(
        "ppt/presentation.xml",
        "presentationml.presentation.main",
        _presentation(len(slides)),
        (
            ("slideMaster", "slideMasters/slideMaster1.xml"),
            ("notesMaster", "notesMasters/notesMaster1.xml"),
            *(("slide", f"slides/slide{n}.xml") for n in numbers),
        ),
    )
    pages = [part for n, slide in zip(numbers, slides, strict=True) for part in _slide_parts(slide, n)]
    return package([main, *_masters(), *pages], title=title, created=created)


def _presentation(count: int) -> str:
    ids = "".join(f'<p:sldId id="{256 + n}" r:id="rId{3 + n}"/>' for n in range(count))
    return (
        f'<p:presentation {SPACES}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst>'
        f'<p:notesMasterIdLst><p:notesMasterId r:id="rId2"/></p:notesMasterIdLst><p:sldIdLst>{ids}</p:sldIdLst>'
        '<p:sldSz cx="12192000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>'
    )


def _slide_parts(slide: tuple[str, str, str], number: int) -> list[Part]:
    heading, lines, notes = slide
    page = _shape(2, "title", [heading]) + _shape(3, "body", lines.splitlines())
    layout = ("slideLayout", "../slideLayouts/slideLayout1.xml")
    to_notes = ("notesSlide", f"../notesSlides/notesSlide{number}.xml")
    back = (("notesMaster", "../notesMasters/notesMaster1.xml"), ("slide", f"../slides/slide{number}.xml"))
    return [
        Part(f"ppt/slides/slide{number}.xml", "presentationml.slide", _page("sld", page), (layout, to_notes)),
        Part(
            f"ppt/notesSlides/notesSlide{number}.xml",
            "presentationml.notesSlide",
            _page("notes", _shape(2, "body", [notes])),
            back,
        ),
    ]


def _masters() -> list[Part]:
    layout = f'<p:sldLayout {SPACES} type="blank">{EMPTY}</p:sldLayout>'
    layouts = '<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst>'
    master = f"<p:sldMaster {SPACES}>{EMPTY}{COLOURS}{layouts}</p:sldMaster>"
    notes = f"<p:notesMaster {SPACES}>{EMPTY}{COLOURS}</p:notesMaster>"
    return [
        Part(
            "ppt/slideMasters/slideMaster1.xml",
            "presentationml.slideMaster",
            master,
            (("slideLayout", "../slideLayouts/slideLayout1.xml"), ("theme", "../theme/theme1.xml")),
        ),
        Part(
            "ppt/slideLayouts/slideLayout1.xml",
            "presentationml.slideLayout",
            layout,
            (("slideMaster", "../slideMasters/slideMaster1.xml"),),
        ),
        Part(
            "ppt/notesMasters/notesMaster1.xml",
            "presentationml.notesMaster",
            notes,
            (("theme", "../theme/theme2.xml"),),
        ),
        Part("ppt/theme/theme1.xml", "theme", _theme()),
        Part("ppt/theme/theme2.xml", "theme", _theme()),
    ]


def _page(tag: str, shapes: str) -> str:
    return f"<p:{tag} {SPACES}><p:cSld><p:spTree>{GROUP}{shapes}</p:spTree></p:cSld></p:{tag}>"


def _shape(number: int, role: str, lines: list[str]) -> str:
    body = "".join(f'<a:p><a:r><a:rPr lang="en-GB"/><a:t>{escape(line)}</a:t></a:r></a:p>' for line in lines)
    index = "" if role == "title" else ' idx="1"'
    top = 500000 if role == "title" else 2000000
    place = f'<a:xfrm><a:off x="800000" y="{top}"/><a:ext cx="10500000" cy="{4000000 if index else 1200000}"/></a:xfrm>'
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{role}"/><p:cNvSpPr/><p:nvPr><p:ph type="{role}"{index}/>'
        f'</p:nvPr></p:nvSpPr><p:spPr>{place}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr>'
        f"<p:txBody><a:bodyPr/><a:lstStyle/>{body}</p:txBody></p:sp>"
    )


def _theme() -> str:
    colours = "".join(f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in PALETTE.items())
    font = '<a:latin typeface="Calibri"/><a:ea typeface=""/><a:cs typeface=""/>'
    return (
        f'<a:theme xmlns:a="{DRAWING}" name="Plain"><a:themeElements><a:clrScheme name="Plain">{colours}</a:clrScheme>'
        f'<a:fontScheme name="Plain"><a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont></a:fontScheme>'
        f'<a:fmtScheme name="Plain"><a:fillStyleLst>{FILL * 3}</a:fillStyleLst>'
        f"<a:lnStyleLst>{f'<a:ln>{FILL}</a:ln>' * 3}</a:lnStyleLst><a:effectStyleLst>{EFFECT * 3}</a:effectStyleLst>"
        f"<a:bgFillStyleLst>{FILL * 3}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>"
    )
