"""People for tests, who do not exist: each with a name, a date of birth, numbers, and the text of a code.

Every detail is unlike anything that the gate writes for reasons of its own, so that finding it anywhere is a leak.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from gate.credential.model import Colour
from tests.credential.hcert_minting import AUTHORITY, VACCINATION, dcc
from tests.credential.minting import MINT
from tests.credential.shc_minting import CLINIC, PATIENT, dose

WINDOW = 20
"""How much of a code's text, at least, may not be found."""
PREFIX = 5
"""What every code of a format begins with."""

_ONSETS = ("Br", "Dj", "Gw", "Kh", "Mb", "Ng", "Pr", "Sw", "Tj", "Wr", "Zh", "Xl")
_VOWELS = ("a", "e", "i", "o", "u", "au", "ai", "oe")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at the door. ``code`` is the text of what the person shows, good or bad."""

    family: str
    given: str
    birth: str
    number: str
    """Of sixteen digits, like an Indonesian NIK."""
    certificate: str
    """The certificate's own identifier."""
    code: str

    @property
    def traces(self) -> Iterator[str]:
        """What must not be found anywhere, in lower case."""
        for detail in (self.family, self.given, self.birth, self.number, self.certificate):
            yield detail.lower()
        for start in (PREFIX, len(self.code) // 2, len(self.code) - WINDOW):
            window = self.code[start : start + WINDOW]
            if start >= PREFIX and len(window) == WINDOW:
                yield window.lower()


def crowd(count: int, seed: int) -> list[Person]:
    """People with codes of every format, most of them good, some spoilt in each way."""
    rng = random.Random(seed)  # noqa: S311  (people who can be made again)
    return [_person(rng, number) for number in range(count)]


def _person(rng: random.Random, number: int) -> Person:
    family, given = _name(rng), _name(rng)
    birth = f"{rng.randrange(1930, 1999)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
    nik = "".join(rng.choices("0123456789", k=16))
    certificate = f"URN:UVCI:01:ID:{''.join(rng.choices(_LETTERS, k=24))}"
    person = partial(Person, family, given, birth, nik, certificate)
    makers = (_hc1, _hc1, _shc, _pass, _text)
    code = makers[number % len(makers)](person(""), rng)
    return person(_spoilt(code, rng) if number % 7 == 3 else code)


def _name(rng: random.Random) -> str:
    return "".join(rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(4)).capitalize()


def _hc1(person: Person, rng: random.Random) -> str:
    entry = copy.deepcopy(VACCINATION) | {"ci": person.certificate, "dt": f"2026-0{rng.randrange(1, 3)}-11"}
    name = {
        "fn": person.family,
        "fnt": person.family.upper(),
        "gn": f"{person.given} {person.number}",
        "gnt": person.given.upper(),
    }
    return AUTHORITY.valid(dcc(v=[entry]) | {"nam": name, "dob": person.birth})


def _shc(person: Person, rng: random.Random) -> str:
    patient = PATIENT | {
        "birthDate": person.birth,
        "name": [{"family": person.family, "given": [person.given]}],
        "identifier": [{"value": person.number}, {"value": person.certificate}],
    }
    return CLINIC.valid(patient, dose(1), dose(rng.randrange(2, 4)))


def _pass(person: Person, rng: random.Random) -> str:
    colour = rng.choice(list(Colour))
    return MINT.valid(colour, subject=f"{person.number} {person.family}", pass_id=person.certificate.encode())


def _text(person: Person, rng: random.Random) -> str:
    """What people hold up instead: a contact, a web page, a bare number, JSON."""
    contact = (
        f"BEGIN:VCARD\nFN:{person.given} {person.family}\nBDAY:{person.birth}\nUID:{person.certificate}\nEND:VCARD"
    )
    page = f"https://tiket.example/?nik={person.number}&nama={person.family}&lahir={person.birth}"
    told = {"nama": f"{person.given} {person.family}", "nik": person.number, "lahir": person.birth}
    return rng.choice([contact, page, f"{person.number} {person.given} {person.family}", json.dumps(told)])


def _spoilt(code: str, rng: random.Random) -> str:
    """Cut off, with another letter somewhere, or with something behind."""
    place = rng.randrange(8, len(code))
    return rng.choice([code[:place], f"{code[:place]}%{code[place + 1 :]}", f"{code} {code[-30:]}"])
