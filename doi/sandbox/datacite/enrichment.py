"""What DataCite adds to metadata when it shows it: licences, fields of science, kinds in other vocabularies, languages.

Only the entries that are met most are here (lupo 05afac46 and bolognese ff9ced47 carry SPDX's, OECD's and ISO's lists whole).
"""

from collections.abc import Mapping
from typing import Any

from doi.sandbox.kernel.words import words

type Entry = Mapping[str, Any]

_SPDX = {
    "cc-by-4.0": (
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/legalcode",
    ),
    "cc-by-sa-4.0": (
        "Creative Commons Attribution Share Alike 4.0 International",
        "https://creativecommons.org/licenses/by-sa/4.0/legalcode",
    ),
    "cc-by-nc-4.0": (
        "Creative Commons Attribution Non Commercial 4.0 International",
        "https://creativecommons.org/licenses/by-nc/4.0/legalcode",
    ),
    "cc-by-nc-nd-4.0": (
        "Creative Commons Attribution Non Commercial No Derivatives 4.0 International",
        "https://creativecommons.org/licenses/by-nc-nd/4.0/legalcode",
    ),
    "cc0-1.0": (
        "Creative Commons Zero v1.0 Universal",
        "https://creativecommons.org/publicdomain/zero/1.0/legalcode",
    ),
    "mit": ("MIT License", "https://opensource.org/licenses/MIT"),
    "apache-2.0": ("Apache License 2.0", "http://www.apache.org/licenses/LICENSE-2.0"),
}
_BY_ADDRESS = {address.partition("://")[2].lower(): name for name, (_, address) in _SPDX.items()}
_SCIENCES = {
    field.lower(): field
    for field in (
        "Natural sciences",
        "Mathematics",
        "Computer and information sciences",
        "Physical sciences",
        "Chemical sciences",
        "Earth and related environmental sciences",
        "Biological sciences",
        "Engineering and technology",
        "Medical and health sciences",
        "Agricultural sciences",
        "Social sciences",
        "Humanities",
    )
}
_FOS = {
    "subjectScheme": "Fields of Science and Technology (FOS)",
    "schemeUri": "http://www.oecd.org/science/inno/38235147.pdf",
}

_KINDS = ("ris", "bibtex", "citeproc", "schemaOrg")
_TYPES: Mapping[str, tuple[str, str, str, str]] = {
    "Audiovisual": ("MPCT", "misc", "motion_picture", "MediaObject"),
    "Book": ("BOOK", "book", "book", "Book"),
    "BookChapter": ("CHAP", "inbook", "chapter", "Chapter"),
    "Collection": ("GEN", "misc", "article", "Collection"),
    "ComputationalNotebook": ("COMP", "misc", "article", "SoftwareSourceCode"),
    "ConferencePaper": ("CPAPER", "misc", "article", "Article"),
    "DataPaper": ("GEN", "misc", "article", "Article"),
    "Dataset": ("DATA", "misc", "dataset", "Dataset"),
    "Dissertation": ("THES", "phdthesis", "thesis", "Thesis"),
    "Event": ("GEN", "misc", "article", "Event"),
    "Image": ("FIGURE", "misc", "graphic", "ImageObject"),
    "JournalArticle": ("JOUR", "article", "article-journal", "ScholarlyArticle"),
    "PeerReview": ("GEN", "misc", "review", "Review"),
    "Report": ("RPRT", "techreport", "report", "Report"),
    "Service": ("GEN", "misc", "article", "Service"),
    "Software": ("COMP", "misc", "software", "SoftwareSourceCode"),
    "Sound": ("SOUND", "misc", "song", "AudioObject"),
    "Text": ("RPRT", "article", "article-journal", "ScholarlyArticle"),
}
_OTHER = ("GEN", "misc", "article", "CreativeWork")
_TWO_LETTERS = dict(
    pair.split("=")
    for pair in words(
        "ara=ar ben=bn bul=bg cat=ca ces=cs cze=cs chi=zh zho=zh hrv=hr dan=da dut=nl nld=nl eng=en est=et fas=fa"
        " per=fa fin=fi fra=fr fre=fr ger=de deu=de ell=el gre=el heb=he hin=hi hun=hu ice=is isl=is ind=id gle=ga"
        " ita=it jpn=ja kor=ko lat=la lav=lv lit=lt mac=mk mkd=mk nor=no nob=nb nno=nn pol=pl por=pt ron=ro rum=ro"
        " rus=ru slk=sk slo=sk slv=sl spa=es srp=sr swe=sv tha=th tur=tr ukr=uk urd=ur vie=vi cym=cy wel=cy"
    )
) | {"english": "en", "french": "fr", "german": "de", "italian": "it", "portuguese": "pt", "spanish": "es"}


def rights(entry: Entry) -> Entry:
    """Fill in what SPDX says about a licence that is named by its identifier or its address."""
    name = str(entry.get("rightsIdentifier") or "").lower()
    address = str(entry.get("rightsUri") or "").lower().partition("://")[2].rstrip("/")
    name = name if name in _SPDX else _BY_ADDRESS.get(address, _BY_ADDRESS.get(f"{address}/legalcode", ""))
    if not name:
        return entry
    title, uri = _SPDX[name]
    spdx = {"rightsIdentifierScheme": "SPDX", "schemeUri": "https://spdx.org/licenses/"}
    return {**entry, "rights": title, "rightsUri": uri, "rightsIdentifier": name, **spdx}


def subjects(entries: list[Entry]) -> list[Entry]:
    """Put OECD's field of science beside a subject that is called like one, as far as it is not there."""
    found = list(entries)
    for entry in entries:
        field = _SCIENCES.get(str(entry.get("subject") or "").lower())
        science = {"subject": f"FOS: {field}", **_FOS}
        if field and all(each.get("subject") != science["subject"] for each in found):
            found.append(science)
    return found


def types(kinds: Entry) -> Entry:
    """Say a general type in the words of RIS, BibTeX, CSL and schema.org too; what was sent stays."""
    general = kinds.get("resourceTypeGeneral")
    if not general:
        return kinds
    return {**dict(zip(_KINDS, _TYPES.get(str(general), _OTHER), strict=True)), **kinds}


def language(tag: str | None) -> str | None:
    """Give the two letters of a language that has them."""
    if not tag:
        return None
    first = tag.partition("-")[0].lower()
    return first if len(first) == 2 else _TWO_LETTERS.get(first, tag)
