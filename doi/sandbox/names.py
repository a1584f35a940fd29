"""DOI names as the registries treat them: folding, and the suffixes they invent."""

import secrets

_LOWER = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_UPPER = {ord(letter): letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"}
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_MINTER = "0123456789bcdfghjkmnpqrstvwxz"


def fold(name: str) -> str:
    """Fold ASCII letters, and only these, to lower case."""
    return name.translate(_LOWER)


def raised(name: str) -> str:
    """Fold ASCII letters to upper case, as EZID shows a name."""
    return name.translate(_UPPER)


def bare(text: str) -> str:
    """Take the resolver's address or `doi:` off a pasted name, as DataCite does when it creates."""
    for start in ("https://doi.org/", "http://doi.org/", "https://dx.doi.org/", "http://dx.doi.org/", "doi:"):
        if text.lower().startswith(start):
            return fold(text[len(start) :])
    return fold(text)


def crockford(number: int) -> str:
    """Write a number as DataCite's `xxxx-xxxx`: six characters and two check digits."""
    digits = ""
    rest = number
    while rest:
        rest, digit = divmod(rest, 32)
        digits = _CROCKFORD[digit] + digits
    text = f"{digits.rjust(6, '0')}{98 - (number * 100) % 97:02d}"
    return f"{text[:4]}-{text[4:]}"


def invented_suffix() -> str:
    """Draw a suffix as DataCite's API does; it may collide."""
    return crockford(secrets.randbelow(2**30 - 1))


def minted_suffix() -> str:
    """Draw a suffix in EZID's alphabet, upper case, with a check character behind it."""
    drawn = "".join(secrets.choice(_MINTER) for _ in range(7))
    check = sum(place * _MINTER.index(letter) for place, letter in enumerate(drawn, 1)) % len(_MINTER)
    return (drawn + _MINTER[check]).upper()
