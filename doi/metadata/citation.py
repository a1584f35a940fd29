"""How a version is cited: as text, and in the formats of reference managers. Citations are in English by their styles' rules.

All take metadata in write shape that `doi.metadata.problems` let pass. ``url`` is what the citation ends with, the DOI as
``https://doi.org/…``; ``version`` the version's number, else the metadata's own.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from doi.metadata.people import Person, creators, one_line, publisher, title
from doi.metadata.schema_org import to_schema_org

__all__ = ["citation_text", "to_bibtex", "to_csl", "to_ris", "to_schema_org"]

_APA_MOST: Final = 20
_APA_FIRST: Final = 19
_APA_KINDS: Final = {
    "Dataset": "Data set",
    "Collection": "Data set",
    "Software": "Computer software",
    "ComputationalNotebook": "Computer software",
    "Image": "Image",
    "Audiovisual": "Video",
    "Sound": "Audio",
    "Model": "Model",
    "Poster": "Poster",
    "Presentation": "Presentation",
}
_CSL_KINDS: Final = {
    "Dataset": "dataset",
    "Collection": "dataset",
    "Software": "software",
    "ComputationalNotebook": "software",
    "Image": "graphic",
    "Audiovisual": "motion_picture",
    "Sound": "song",
    "Book": "book",
    "BookChapter": "chapter",
    "ConferencePaper": "paper-conference",
    "Dissertation": "thesis",
    "JournalArticle": "article-journal",
    "Preprint": "article",
    "Report": "report",
    "Poster": "speech",
    "Presentation": "speech",
}
_RIS_KINDS: Final = {
    "Dataset": "DATA",
    "Collection": "DATA",
    "Software": "COMP",
    "ComputationalNotebook": "COMP",
    "Image": "FIGURE",
    "Audiovisual": "VIDEO",
    "Sound": "SOUND",
    "Book": "BOOK",
    "BookChapter": "CHAP",
    "ConferencePaper": "CPAPER",
    "Dissertation": "THES",
    "JournalArticle": "JOUR",
    "Report": "RPRT",
    "Poster": "SLIDE",
    "Presentation": "SLIDE",
}
_BIBTEX_ESCAPES: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "%": r"\%",
        "#": r"\#",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)
_NOT_IN_KEYS: Final = re.compile(r"[^A-Za-z0-9]+")


def citation_text(metadata: Mapping[str, Any], *, name: str, url: str, version: str | None) -> str:
    """APA 7 for data: ``Okafor, N., & Li, W. (2026). Title (Version 1.0) [Data set]. Publisher. https://doi.org/…``."""
    people = [_apa_name(person) for person in creators(metadata)]
    author = _apa_authors(people)
    year, issued_by = str(metadata.get("publicationYear", "n.d.")), publisher(metadata)
    kind = _APA_KINDS.get(_general_type(metadata), "")
    number = version or metadata.get("version")
    subject = title(metadata) + (f" (Version {number})" if number else "") + (f" [{kind}]" if kind else "")
    # An organization that publishes its own data is named once.
    parts = [_ended(author), f"({year}).", _ended(subject), "" if author == issued_by else _ended(issued_by)]
    return " ".join([*(part for part in parts if part), url or f"doi:{name}"])


def _apa_name(person: Person) -> str:
    if not person.family:
        return one_line(person.full)
    initials = " ".join(_initial(given) for given in person.given.split() if _initial(given))
    return f"{person.family}, {initials}" if initials else person.family


def _initial(given: str) -> str:
    """``Jean-Paul`` is ``J.-P.``; letters of scripts without case stand whole, as they are no initials."""
    parts = [part.lstrip("(\"'“‘") for part in given.split("-")]
    letters = [part[0] for part in parts if part and part[0].isalpha()]
    if letters and unicodedata.category(letters[0]) == "Lo":
        return given
    return "-".join(f"{letter.upper()}." for letter in letters)


def _apa_authors(people: list[str]) -> str:
    if len(people) > _APA_MOST:
        return f"{', '.join(people[:_APA_FIRST])}, … {people[-1]}"
    if len(people) < 2:
        return "".join(people)
    return f"{', '.join(people[:-1])}, & {people[-1]}"


def _ended(text: str) -> str:
    return text if not text or text[-1] in ".?!" else f"{text}."


def _general_type(metadata: Mapping[str, Any]) -> str:
    return str((metadata.get("types") or {}).get("resourceTypeGeneral", ""))


def _abstract(metadata: Mapping[str, Any]) -> str:
    found = (item for item in metadata.get("descriptions") or () if item.get("descriptionType") == "Abstract")
    return next((str(item.get("description", "")) for item in found), "")


def _keywords(metadata: Mapping[str, Any]) -> list[str]:
    """Each keyword once, in its first place."""
    return list(dict.fromkeys(one_line(item.get("subject")) for item in metadata.get("subjects") or ()))


def to_csl(metadata: Mapping[str, Any], *, name: str, url: str, version: str | None) -> dict[str, Any]:
    """One item of CSL-JSON (Citation Style Language 1.0.2)."""
    item = {
        "type": _CSL_KINDS.get(_general_type(metadata), "document"),
        "id": url or name,
        "DOI": name,
        "URL": url,
        "title": title(metadata),
        "author": [_csl_name(person) for person in creators(metadata)],
        "issued": {"date-parts": [[metadata.get("publicationYear")]]},
        "publisher": publisher(metadata),
        "version": version or metadata.get("version"),
        "abstract": _abstract(metadata),
        "keyword": ", ".join(_keywords(metadata)),
        "language": metadata.get("language"),
    }
    return {key: value for key, value in item.items() if value}


def _csl_name(person: Person) -> dict[str, str]:
    if not person.family:
        return {"literal": one_line(person.full)}
    return {"family": person.family, "given": person.given} if person.given else {"family": person.family}


def to_bibtex(metadata: Mapping[str, Any], *, name: str, url: str, version: str | None) -> str:
    """A BibTeX entry, ``@misc`` as DataCite's own; the key is the DOI name with its signs made hyphens."""
    fields = {
        "author": " and ".join(_bibtex_name(person) for person in creators(metadata)),
        "title": "{" + _bibtex(title(metadata)) + "}",
        "publisher": _bibtex_literal(publisher(metadata)),
        "year": str(metadata.get("publicationYear", "")),
        "version": _bibtex(str(version or metadata.get("version") or "")),
        "keywords": _bibtex(", ".join(_keywords(metadata))),
        "language": str(metadata.get("language", "")),
        "doi": name,
        "url": url,
    }
    lines = [f"  {key} = {{{value}}}" for key, value in fields.items() if value]
    return f"@misc{{{_NOT_IN_KEYS.sub('-', name).strip('-')},\n" + ",\n".join(lines) + "\n}\n"


def _bibtex(text: str) -> str:
    return one_line(text).translate(_BIBTEX_ESCAPES)


def _bibtex_literal(text: str) -> str:
    """Braces keep `` and `` in an organization's name from being read as two authors."""
    return "{" + _bibtex(text) + "}" if text else ""


def _bibtex_name(person: Person) -> str:
    if not person.family:
        return _bibtex_literal(person.full)
    return ", ".join(_bibtex(part) for part in (person.family, person.given) if part)


def to_ris(metadata: Mapping[str, Any], *, name: str, url: str, version: str | None) -> str:
    """A record of the RIS format, lines ended by CR LF as it asks."""
    lines = [("TY", _RIS_KINDS.get(_general_type(metadata), "GEN")), ("T1", title(metadata))]
    lines += [("AU", _ris_name(person)) for person in creators(metadata)]
    lines += [
        ("PY", str(metadata.get("publicationYear", ""))),
        ("PB", publisher(metadata)),
        ("ET", version or metadata.get("version") or ""),
        ("AB", _abstract(metadata)),
        *(("KW", word) for word in _keywords(metadata)),
        ("LA", str(metadata.get("language", ""))),
        ("DO", name),
        ("UR", url),
    ]
    body = "".join(f"{tag}  - {one_line(value)}\r\n" for tag, value in lines if value)
    return f"{body}ER  - \r\n"


def _ris_name(person: Person) -> str:
    return ", ".join(part for part in (person.family, person.given) if part) or person.full
