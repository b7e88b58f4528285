"""The words of ``gate rules explain``, in English and Indonesian. What has no words is shown as it is written."""

from __future__ import annotations

import json
from typing import Any, Final

from gate.policy.certlogic import CertLogicError, evaluate
from gate.policy.explain import Reason

LANGUAGES: Final = ("en", "id")
LONGEST: Final = 200

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "holds": ("holds", "terpenuhi"),
    "fails": ("does not hold", "tidak terpenuhi"),
    "broken": ("cannot be evaluated", "tidak dapat dihitung"),
    "open": ("is for another engine", "untuk mesin lain"),
    "colour": ("colour", "warna"),
    "no_rule": ("no rule holds: a hold for the officer", "tidak ada aturan yang terpenuhi: ditahan untuk petugas"),
    "not_asked": (
        "the pack speaks of nothing that is shown: another one decides, or it is a hold for the officer",
        "paket ini tidak menilai yang ditunjukkan: paket lain yang memutuskan, atau ditahan untuk petugas",
    ),
    "yes": ("yes", "ya"),
    "no": ("no", "tidak"),
    "nothing": ("nothing", "tidak ada"),
    "not": ("not ", "tidak "),
    # comparisons
    "<": ("less than", "kurang dari"),
    ">": ("more than", "lebih dari"),
    "<=": ("at most", "paling banyak"),
    ">=": ("at least", "paling sedikit"),
    "===": ("equal to", "sama dengan"),
    "in": ("one of", "salah satu dari"),
    # facts
    "facts.kind": ("kind of credential", "jenis kredensial"),
    "facts.age.known": ("age is known", "usia diketahui"),
    "facts.age.years": ("age in years", "usia dalam tahun"),
    "facts.vaccination.known": ("a vaccination is shown", "vaksinasi ditunjukkan"),
    "facts.vaccination.doses": ("doses", "dosis"),
    "facts.vaccination.complete": ("the series is complete", "vaksinasi lengkap"),
    "facts.vaccination.booster": ("a booster", "booster"),
    "facts.vaccination.days": ("days since the dose", "hari sejak dosis"),
    "facts.recovery.known": ("a recovery is shown", "kesembuhan ditunjukkan"),
    "facts.recovery.days": ("days since the recovered illness began", "hari sejak mulai sakit"),
    "facts.test.known": ("a test is shown", "tes ditunjukkan"),
    "facts.test.kind": ("kind of test", "jenis tes"),
    "facts.test.result": ("result of the test", "hasil tes"),
    "facts.test.hours": ("hours since the test", "jam sejak tes"),
    "facts.positive.known": ("was positive", "pernah positif"),
    "facts.positive.days": ("days since positive", "hari sejak positif"),
    "facts.positive.negative_pcr_days": ("days of negative PCR tests since", "hari tes PCR negatif sejak itu"),
    "facts.contact.known": ("was a close contact", "pernah kontak erat"),
    "facts.contact.days": ("days since the contact", "hari sejak kontak"),
    "facts.contact.negative_pcr_days": ("days of negative PCR tests since", "hari tes PCR negatif sejak itu"),
    "facts.pass.known": ("a gate pass is shown", "kartu tamu ditunjukkan"),
    "facts.pass.colour": ("colour of the pass", "warna kartu"),
    "facts.pass.purpose": ("purpose of the pass", "tujuan kartu"),
    "external.site": ("site", "kantor"),
    "external.validationClock": ("time", "waktu"),
}


class Words:
    """The words of one language, and the sentences made of them."""

    def __init__(self, language: str) -> None:
        self._index = LANGUAGES.index(language)

    def __call__(self, key: str) -> str:
        found = _WORDS.get(key)
        return key if found is None else found[self._index]

    def reason(self, reason: Reason, document: dict[str, Any]) -> str:
        """What decided, with the values that it looked at: "doses 2, at least 1"."""
        if reason.is_true is None:
            return f"{self._written(reason.part)}: {reason.problem}"
        ((name, operands),) = reason.part.items()
        if name == "var":
            return f"{self(operands)}: {self._truth(reason, document)}"
        if name in _WORDS and len(operands) == 2 and _is_var(operands[0]) and not isinstance(operands[1], dict):  # noqa: PLR2004  (a value and its bound)
            negation = "" if reason.is_true else self("not")
            bound = self._value(operands[1])
            return f"{self._field(operands[0], document)}, {negation}{self(name)} {bound}"
        return f"{self._written(reason.part)}{self._looked_at(reason.part, document)}: {self(_yes(reason))}"

    def _truth(self, reason: Reason, document: dict[str, Any]) -> str:
        value = _value_at(reason.part, document)
        return self(_yes(reason)) if isinstance(value, bool) else self._value(value)

    def _field(self, var: dict[str, str], document: dict[str, Any]) -> str:
        return f"{self(var['var'])} {self._value(_value_at(var, document))}"

    def _looked_at(self, part: Any, document: dict[str, Any]) -> str:
        fields = [self._field({"var": path}, document) for path in _paths(part) if path in _WORDS]
        return f" ({', '.join(fields)})" if fields else ""

    def _value(self, value: Any) -> str:
        if value is None:
            return self("nothing")
        return value if isinstance(value, str) and value else json.dumps(value)

    @staticmethod
    def _written(part: Any) -> str:
        text = json.dumps(part)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _yes(reason: Reason) -> str:
    return "yes" if reason.is_true else "no"


def _is_var(operand: Any) -> bool:
    return isinstance(operand, dict) and "var" in operand


def _value_at(var: dict[str, str], document: dict[str, Any]) -> Any:
    try:
        return evaluate(var, document)
    except CertLogicError:
        return None


def _paths(part: Any) -> dict[str, None]:
    """The paths in a part, each once, in their order."""
    if isinstance(part, list):
        return {path: None for one in part for path in _paths(one)}
    if not isinstance(part, dict):
        return {}
    return {part["var"]: None} if "var" in part else _paths([*part.values()])
