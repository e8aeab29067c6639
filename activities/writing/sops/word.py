"""Writes a procedure as a Word document: real heading styles, a contents field, header, footer with page fields.

The same document gives the same bytes: parts are zipped anew with one fixed time.
"""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .blocks import Block, Bullets, Document, Heading, Paragraph, Table

if TYPE_CHECKING:
    from docx.document import Document as WordFile

LATIN, CHINESE = "Arial", "微软雅黑"
"""On every Windows and in every WPS; elsewhere the next sans-serif stands in."""
BLUE, GREY = "1F4E79", "595959"
TOP, SIDE = 22, 18
LINE = 210 - 2 * SIDE
"""Millimeters."""
EPOCH = (1980, 1, 1, 0, 0, 0)


def write_word(document: Document, path: Path) -> None:
    """Write ``path``."""
    import docx

    file = docx.Document()
    _page(file, document)
    _styles(file)
    _properties(file, document)
    _opening(file, document)
    for each in document.body:
        _add(file, each)
    packed = io.BytesIO()
    file.save(packed)
    _repack(packed, path)


def _page(file: "WordFile", document: Document) -> None:
    from docx.shared import Mm

    section, control, words = file.sections[0], document.control, document.words
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(SIDE)
    section.top_margin = section.bottom_margin = Mm(TOP)
    head = section.header.paragraphs[0]
    head.text = "\t".join((control.company, document.title, f"{control.number} {control.version}"))
    file.styles["Header"].paragraph_format.tab_stops.clear_all()
    head.style = file.styles["Header"]
    _tabs(head)
    foot = section.footer.paragraphs[0]
    before, between, after = words["page"].replace("{page}", "\0").replace("{pages}", "\0").split("\0")
    foot.alignment = 1
    for text, field in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        foot.add_run(text)
        if field:
            _field(foot, field, "1")


def _tabs(paragraph: Any) -> None:
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Mm

    stops = paragraph.paragraph_format.tab_stops
    stops.add_tab_stop(Mm(LINE / 2), WD_TAB_ALIGNMENT.CENTER)
    stops.add_tab_stop(Mm(LINE), WD_TAB_ALIGNMENT.RIGHT)


def _styles(file: "WordFile") -> None:
    from docx.shared import Mm, Pt, RGBColor

    looks = {"Normal": (10.5, ""), "Title": (22, BLUE), "Heading 1": (15, BLUE), "Heading 2": (12, BLUE)}
    looks |= {"List Bullet": (10.5, ""), "Header": (9, GREY), "Footer": (9, GREY)}
    for name, (size, color) in looks.items():
        style = file.styles[name]
        style.font.size = Pt(size)
        if color:
            style.font.color.rgb = RGBColor.from_string(color)
        _fonts(style.element)
    for name in ("Heading 1", "Heading 2"):
        shape = file.styles[name].paragraph_format
        shape.space_before, shape.space_after, shape.keep_with_next = Pt(14), Pt(6), True
    normal = file.styles["Normal"].paragraph_format
    normal.space_after, normal.line_spacing = Mm(1.5), 1.25


def _fonts(style: Any) -> None:
    """Fonts by script; themes would go before them, so they are taken away."""
    from docx.oxml.ns import qn

    fonts = style.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for script, font in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", CHINESE)):
        fonts.set(qn(f"w:{script}"), font)


def _properties(file: "WordFile", document: Document) -> None:
    made = datetime(*EPOCH, tzinfo=UTC)
    if document.control.date:
        made = datetime.fromisoformat(document.control.date).replace(tzinfo=UTC)
    known = file.core_properties
    known.title, known.subject = document.title, document.words["kind"]
    known.author = known.last_modified_by = document.control.author
    known.comments, known.keywords = "", document.control.industry
    known.language = "zh-CN" if document.language == "zh" else "en-US"
    known.created = known.modified = made


def _opening(file: "WordFile", document: Document) -> None:
    """Title, control table, contents."""
    control, words = document.control, document.words
    file.add_paragraph(document.title, style="Title")
    line = file.add_paragraph(" · ".join(filter(None, (control.company, words["kind"]))))
    line.runs[0].bold = True
    for each in document.front:
        _add(file, each)
    file.add_paragraph(words["contents"]).runs[0].bold = True
    _contents(file, document)
    file.add_page_break()  # type: ignore[no-untyped-call]


def _contents(file: "WordFile", document: Document) -> None:
    """A field that Word fills with pages when it opens the file; until then it shows the headings, each a link."""
    from docx.shared import Mm

    paragraphs = [file.add_paragraph() for _ in document.headings]
    first, last = paragraphs[0], paragraphs[-1]
    _mark(first, "begin", dirty=True)
    _instruct(first, ' TOC \\o "1-2" \\h \\z \\u ')
    _mark(first, "separate")
    for paragraph, heading in zip(paragraphs, document.headings, strict=True):
        paragraph.paragraph_format.left_indent = Mm(6 * (heading.level - 1))
        paragraph.paragraph_format.space_after = 0
        _link(paragraph, heading)
    _mark(last, "end")


def _link(paragraph: Any, heading: Heading) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), heading.anchor.replace("-", "_"))
    run = paragraph.add_run(heading.text)
    link.append(run._r)
    paragraph._p.append(link)


def _mark(paragraph: Any, kind: str, dirty: bool = False) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    if dirty:
        mark.set(qn("w:dirty"), "true")
    paragraph.add_run()._r.append(mark)


def _instruct(paragraph: Any, words: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    order = OxmlElement("w:instrText")
    order.set(qn("xml:space"), "preserve")
    order.text = words
    paragraph.add_run()._r.append(order)


def _field(paragraph: Any, name: str, shown: str) -> None:
    _mark(paragraph, "begin")
    _instruct(paragraph, f" {name} ")
    _mark(paragraph, "separate")
    paragraph.add_run(shown)
    _mark(paragraph, "end")


def _add(file: "WordFile", block: Block) -> None:
    from docx.shared import RGBColor

    match block:
        case Heading(level, text, anchor):
            paragraph = file.add_paragraph(style=f"Heading {level}")
            _bookmark(paragraph, text, anchor.replace("-", "_"))
        case Paragraph(text, quiet, strong):
            run = file.add_paragraph().add_run(text)
            run.bold = strong or None
            if quiet:
                run.font.color.rgb = RGBColor.from_string(GREY)
        case Bullets(items):
            for each in items:
                file.add_paragraph(each, style="List Bullet")
        case Table():
            _table(file, block)


def _bookmark(paragraph: Any, text: str, name: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    number = str(int.from_bytes(name.encode()) % 1_000_000_007)
    for tag in ("w:bookmarkStart", "w:bookmarkEnd"):
        mark = OxmlElement(tag)
        mark.set(qn("w:id"), number)
        if tag.endswith("Start"):
            mark.set(qn("w:name"), name)
        paragraph._p.append(mark)
        if tag.endswith("Start"):
            paragraph.add_run(text)


def _table(file: "WordFile", table: Table) -> None:
    from .word_tables import fill

    rows = [table.heads, *table.rows] if table.heads else list(table.rows)
    made = file.add_table(rows=len(rows), cols=len(table.widths))
    fill(made, table, rows, LINE)
    file.add_paragraph().paragraph_format.space_after = 0


def _repack(packed: io.BytesIO, path: Path) -> None:
    """The same parts, all of one time."""
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
