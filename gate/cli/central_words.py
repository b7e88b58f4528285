"""The words of the staff commands, in English and Indonesian, beside those of ``gate watch``."""

from __future__ import annotations

from typing import Final

from gate.cli.watch_words import LANGUAGES, Words

_WORDS: Final[dict[str, tuple[str, str]]] = {
    # heads of columns
    "office": ("office", "kantor"),
    "gate": ("gate", "gerbang"),
    "planned": ("planned", "direncanakan"),
    "installed": ("installed", "terpasang"),
    "alive": ("alive", "daring"),
    "used": ("used", "dipakai"),
    "officer_seen": ("officer seen", "petugas terlihat"),
    "all_gates": ("all gates", "semua gerbang"),
    "all_offices": ("all offices", "semua kantor"),
    "availability": ("is", "keadaan"),
    "mode": ("door", "pintu"),
    "health": ("health", "kondisi"),
    "version": ("version", "versi"),
    "trust_age": ("trust", "data kepercayaan"),
    "certificate": ("certificate until", "sertifikat sampai"),
    "last_event": ("last event", "kejadian terakhir"),
    "missing": ("missing", "hilang"),
    "journal": ("journal", "jurnal"),
    "first": ("from", "dari"),
    "last": ("to", "sampai"),
    "records": ("records", "catatan"),
    "time": ("time", "waktu"),
    "visit": ("visit", "kunjungan"),
    "colour": ("colour", "warna"),
    "result": ("result", "hasil"),
    "reason": ("reason", "alasan"),
    "passage": ("passage", "lewat"),
    "followed": ("follow-up", "tindak lanjut"),
    "what": ("what", "apa"),
    "step": ("step", "tahap"),
    "times": ("times", "kali"),
    "from_to": ("together", "bersama"),
    "entry": ("entry", "masuk"),
    "exit_seen": ("exit", "keluar"),
    "who": ("pseudonym", "pseudonim"),
    "account": ("account", "akun"),
    "case": ("case", "perkara"),
    "number": ("no.", "no."),
    # what stands in cells
    "online": ("online", "daring"),
    "stopped": ("stopped", "dihentikan"),
    "offline": ("LOST", "TERPUTUS"),
    "never": ("never heard", "belum terdengar"),
    "ok": ("all is well", "semua baik"),
    "days": ("d", "hr"),
    "hours": ("h", "jam"),
    "chain_broken": ("CHAIN BROKEN", "RANTAI PUTUS"),
    "open": ("open", "terbuka"),
    "escalated": ("open, NOBODY HAS COME", "terbuka, BELUM ADA YANG DATANG"),
    "acknowledged": ("open, acknowledged", "terbuka, diketahui petugas"),
    "over": ("over", "selesai"),
    "waits": ("follow-up waits", "menunggu tindak lanjut"),
    "known": ("seen", "terlihat"),
    "not_known": ("not known", "tidak diketahui"),
    "lower_bound": ("clock not set", "jam belum disetel"),
    "red_visitor": ("red visitor", "pengunjung merah"),
    "black_visitor": ("black visitor", "pengunjung hitam"),
    # what the centre found
    "finding_malformed": ("messages that are none", "pesan yang tidak sah"),
    "finding_unknown_gate": ("A GATE THAT NOBODY KNOWS", "GERBANG TIDAK DIKENAL"),
    "finding_foreign_site": ("A GATE SPEAKS FOR ANOTHER OFFICE", "GERBANG BERBICARA ATAS NAMA KANTOR LAIN"),
    "finding_content_changed": ("A RECORD WAS CHANGED", "CATATAN DIUBAH"),
    "finding_chain_broken": ("THE CHAIN OF RECORDS IS BROKEN", "RANTAI CATATAN PUTUS"),
    "finding_head_not_signed": ("A SIGNATURE DOES NOT HOLD", "TANDA TANGAN TIDAK SAH"),
    "finding_head_key_changed": ("ANOTHER KEY SIGNS", "KUNCI LAIN MENANDATANGANI"),
    "finding_head_key_revoked": ("A REVOKED KEY SIGNS", "KUNCI YANG DICABUT MENANDATANGANI"),
    "finding_apart_dropped": ("messages set apart were dropped for room", "pesan terpisah dibuang karena penuh"),
    "finding_records_lost": ("RECORDS ARE LOST", "CATATAN HILANG UNTUK SELAMANYA"),
    "finding_gap_open": ("records are missing", "catatan hilang"),
    # sentences
    "nobody_heard": (
        "WHO IS THERE IS OLD NEWS: THE CENTRE HAS HEARD NOBODY SINCE",
        "KABAR LAMA TENTANG SIAPA YANG DARING: PUSAT TIDAK MENDENGAR SIAPA PUN SEJAK",
    ),
    "nothing_missing": ("nothing is missing", "tidak ada yang hilang"),
    "no_alarms": ("no alarm is open", "tidak ada alarm terbuka"),
    "no_visits": ("no such visit", "tidak ada kunjungan seperti itu"),
    "nobody": ("nobody was there at the same time", "tidak ada orang pada waktu yang sama"),
    "unknown_gates": ("not in the registry", "tidak ada dalam daftar"),
    "shown_newest": (
        "only the newest; --number N shows more",
        "hanya yang terbaru; --number N menampilkan lebih banyak",
    ),
    "kept": ("kept", "disimpan"),
    "nothing_due": ("nothing is old enough to erase", "belum ada yang cukup lama untuk dihapus"),
    "erased_before": ("erased: everything from before", "dihapus: semua dari sebelum"),
    "of_records": ("records without content now", "catatan tanpa isi sekarang"),
    "of_visits": ("visits without a pseudonym now", "kunjungan tanpa pseudonim sekarang"),
    "of_messages": ("messages set apart deleted", "pesan terpisah dihapus"),
    "not_heard": ("may still have their keys", "mungkin masih menyimpan kuncinya"),
    "receipt_good": ("the receipt is good", "tanda terima sah"),
    "audit_good": ("nobody has changed the audit", "tidak ada yang mengubah catatan audit"),
    "audit_broken": ("SOMEBODY HAS CHANGED THE AUDIT at entry", "CATATAN AUDIT DIUBAH pada entri"),
    "rebuilt": ("made again from the records", "dibuat ulang dari catatan"),
}


class StaffWords(Words):
    """The words of one language: those of the commands, and behind them those of ``gate watch``."""

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self._column = LANGUAGES.index(language)

    def __call__(self, key: object) -> str:
        found = _WORDS.get(key) if isinstance(key, str) else None
        return super().__call__(key) if found is None else found[self._column]
