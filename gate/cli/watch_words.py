"""The words of ``gate watch``, in English and Indonesian. A key without words is shown as it came."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("en", "id")

_WORDS: Final[dict[str, tuple[str, str]]] = {
    # results
    "granted": ("granted", "diizinkan"),
    "held": ("held", "ditahan"),
    "denied": ("denied", "ditolak"),
    # colours
    "green": ("GREEN", "HIJAU"),
    "yellow": ("YELLOW", "KUNING"),
    "red": ("RED", "MERAH"),
    "black": ("BLACK", "HITAM"),
    "no_colour": ("NO COLOUR", "TANPA WARNA"),
    # reasons: of the rules and the site
    "rule_met": ("meets the rules", "memenuhi aturan"),
    "clock": ("the gate's clock is not set", "jam gerbang belum disetel"),
    "stale_trust": ("the trust bundle is too old or not in force", "data kepercayaan terlalu lama atau tidak berlaku"),
    "revocation_unknown": ("it is not known what was revoked", "data pencabutan tidak diketahui"),
    "no_rule": ("no rule speaks of what was shown", "tidak ada aturan untuk yang ditunjukkan"),
    "second_code": ("the rules ask for a second code", "aturan meminta kode kedua"),
    "unsigned": ("nobody signed the code, so the officer looks", "kode tanpa tanda tangan, petugas memeriksa"),
    "rule_error": ("a rule could not be evaluated", "ada aturan yang tidak dapat dihitung"),
    # reasons: of the credential
    "unreadable": ("code could not be read", "kode tidak terbaca"),
    "several_codes": ("several codes at once", "beberapa kode sekaligus"),
    "unknown_format": ("not a code that is known here", "kode tidak dikenal di sini"),
    "malformed": ("damaged code", "kode rusak"),
    "too_large": ("code holds too much", "isi kode terlalu besar"),
    "unknown_issuer": ("issuer is not known", "penerbit tidak dikenal"),
    "bad_signature": ("signature is wrong: forged or altered", "tanda tangan salah: palsu atau diubah"),
    "wrong_key_usage": ("issuer may not issue this", "penerbit tidak berwenang untuk ini"),
    "not_yet_valid": ("not valid yet", "belum berlaku"),
    "expired": ("expired", "kedaluwarsa"),
    "revoked": ("revoked", "dicabut"),
    "issuer_revoked": ("issuer was revoked", "penerbit dicabut"),
    "several_entries": ("states more than one thing", "memuat lebih dari satu keterangan"),
    "issuer_mismatch": ("issuer and key do not belong together", "penerbit dan kunci tidak cocok"),
    "unsupported_algorithm": ("signature of a kind that is not accepted", "jenis tanda tangan tidak diterima"),
    # reasons: how a hold ended
    "admitted_by_officer": ("the officer let them in", "petugas mengizinkan masuk"),
    "refused_by_officer": ("the officer turned them away", "petugas menolak"),
    "hold_timeout": ("the officer did not answer in time", "petugas tidak menjawab tepat waktu"),
    "replaced": ("a readable code came instead", "digantikan kode yang terbaca"),
    "locked_down": ("the door is locked down", "pintu dikunci penuh"),
    "unrecorded": ("an earlier release is not recorded yet", "pelepasan sebelumnya belum tercatat"),
    "full": ("as many people inside as allowed", "jumlah orang di dalam sudah penuh"),
    "outside_hours": ("outside opening hours", "di luar jam buka"),
    "passback": ("entered before without leaving", "sudah masuk dan belum keluar"),
    "exit": ("goes out", "keluar"),
    "service_stopped": ("the gate was stopped", "gerbang dihentikan"),
    "service_restarted": ("the gate was restarted", "gerbang dimulai ulang"),
    # who opened
    "auto": ("let in by the gate", "dibuka oleh gerbang"),
    "officer": ("let in by the officer", "dibuka oleh petugas"),
    "remote": ("let in by the centre", "dibuka oleh pusat"),
    "none": ("not let in", "tidak dibuka"),
    # availability
    "online": ("gate is online", "gerbang daring"),
    "stopped": ("gate was stopped in order", "gerbang dihentikan dengan tertib"),
    "offline": ("gate was lost", "gerbang terputus"),
    # passages
    "taken": ("went through", "telah lewat"),
    "not_taken": ("did not go through", "tidak lewat"),
    "passage_unknown": ("nobody saw whether they went through", "tidak diketahui apakah lewat"),
    "unmonitored": ("no door monitor", "tanpa sensor pintu"),
    # officers and drills
    "assisted": ("assisted entry", "masuk dengan bantuan"),
    "attested": ("healthy and keeps the protocol", "sehat dan mematuhi protokol"),
    "left_queue": ("did not wait for their turn", "tidak menunggu giliran"),
    # the door
    "normal": ("door is closed again", "pintu tertutup kembali"),
    "forced_open": ("DOOR FORCED OPEN", "PINTU DIBUKA PAKSA"),
    "open_too_long": ("DOOR OPEN TOO LONG", "PINTU TERBUKA TERLALU LAMA"),
    "exit_requested": ("released for somebody who goes out, for", "dibuka untuk yang keluar, selama"),
    # alarms
    "alarm": ("alarm", "alarm"),
    "alarm_black": ("black status at the door", "status hitam di pintu"),
    "alarm_forged": ("forged code", "kode palsu"),
    "alarm_help": ("a visitor calls for help", "pengunjung meminta bantuan"),
    "alarm_duress": ("THE OFFICER IS FORCED", "PETUGAS DIPAKSA"),
    "alarm_emergency": ("EMERGENCY, the door is free", "DARURAT, pintu bebas"),
    "alarm_door_forced_open": ("door forced open", "pintu dibuka paksa"),
    "alarm_door_open_too_long": ("door open too long", "pintu terbuka terlalu lama"),
    "alarm_door_monitor_fault": ("wire of the door monitor", "kabel sensor pintu"),
    "alarm_lock_fault": ("bolt is not where it should be", "lidah kunci tidak pada posisinya"),
    "alarm_tamper": ("enclosure opened", "kotak unit dibuka"),
    "alarm_stuck_input": ("stuck button", "tombol macet"),
    "alarm_journal_late": ("the journal is late", "jurnal terlambat"),
    "alarm_decoder_fault": ("code reading disturbed", "pembacaan kode terganggu"),
    "alarm_passback": ("let in here and at another gate", "masuk di sini dan di gerbang lain"),
    "alarm_camera_fault": ("camera sees nothing", "kamera tidak melihat apa pun"),
    "alarm_link_fault": ("the way to the centre needs mending", "hubungan ke pusat perlu diperbaiki"),
    "alarm_link_taken_over": ("SOMEBODY ELSE USES THIS GATE'S NAME", "ADA YANG MEMAKAI NAMA GERBANG INI"),
    "alarm_journal_fault": ("journal disturbed", "jurnal terganggu"),
    "alarm_records_lost": ("RECORDS ARE LOST, OR MAY BE", "CATATAN HILANG, ATAU MUNGKIN HILANG"),
    "alarm_raised": ("raised", "muncul"),
    "alarm_escalated": ("nobody has come", "belum ada yang datang"),
    "alarm_acknowledged": ("acknowledged", "diketahui petugas"),
    "alarm_followed_up": ("followed up", "ditindaklanjuti"),
    "alarm_cleared": ("over", "selesai"),
    "alarm_open": ("open", "terbuka"),
    "isolated": ("isolated", "diisolasi"),
    "referred": ("referred", "dirujuk"),
    "false_match": ("false match", "salah cocok"),
    "left": ("left", "pergi"),
    "not_recorded": ("not recorded", "tidak dicatat"),
    "silent": ("SILENT", "SENYAP"),
    # self-test and audit
    "self_test": ("self-test", "uji mandiri"),
    "with_relay": ("with the relay", "termasuk relai"),
    "self_test_ended": ("self-test ended, lock", "uji mandiri selesai, kunci"),
    "passed": ("moved as told", "bergerak sesuai"),
    "failed": ("DID NOT MOVE AS TOLD", "TIDAK BERGERAK SESUAI"),
    "not_tested": ("not tested", "tidak diuji"),
    "unknown": ("unknown", "tidak diketahui"),
    "order_refused": ("order refused", "perintah ditolak"),
    # commands of the centre
    "command": ("command", "perintah pusat"),
    "command_taken": ("is taken", "diterima"),
    "command_ended": ("is done", "selesai"),
    "command_not_done": ("was not carried out", "tidak dilaksanakan"),
    "command_refused": ("refused", "ditolak"),
    "command_retained": ("it was sent to be kept", "dikirim untuk disimpan"),
    "command_queued": ("it was kept while the gate was away", "disimpan selagi gerbang terputus"),
    "command_malformed": ("it is none", "bukan perintah"),
    "command_unsigned": ("nobody signed it", "tidak ditandatangani"),
    "command_unknown_key": ("the key is not known", "kunci tidak dikenal"),
    "command_bad_signature": ("the signature is wrong", "tanda tangan salah"),
    "command_key_not_valid": ("the key does not count now", "kunci tidak berlaku"),
    "command_other_gate": ("it is for another gate", "untuk gerbang lain"),
    "command_unknown_verb": ("the verb is not known", "kata perintah tidak dikenal"),
    "command_no_role": ("the key is not for that", "kunci tidak berwenang"),
    "command_expired": ("it has expired", "sudah kedaluwarsa"),
    "command_too_far_ahead": ("it is valid for too long", "masa berlakunya terlalu panjang"),
    "command_no_clock": ("the gate's clock is not set", "jam gerbang belum disetel"),
    "command_stale_trust": ("the trust bundle has expired", "data kepercayaan kedaluwarsa"),
    "command_replayed": ("it was sent before", "sudah pernah dikirim"),
    "command_wrong_args": ("its arguments are wrong", "argumennya salah"),
    "command_not_enabled": ("this site does not allow it", "tidak diizinkan kantor ini"),
    "command_too_often": ("too soon after the last one", "terlalu cepat setelah yang terakhir"),
    "command_busy": ("too many at once", "terlalu banyak sekaligus"),
    "command_not_recorded": ("it was recorded too late", "terlambat dicatat"),
    "retired": ("THE GATE IS RETIRED, its door stands open", "GERBANG DIPENSIUNKAN, pintunya terbuka"),
    # other events
    "mode_locked": ("locked", "terkunci"),
    "mode_unlocked": ("unlocked", "tidak terkunci"),
    "mode_locked_down": ("locked down", "dikunci penuh"),
    "mode_accessed": ("released", "dibuka sebentar"),
    "mode_locked_open": ("free: emergency", "bebas: darurat"),
    "mode_changed": ("door is now", "pintu sekarang"),
    "journal_late": ("a record was late by", "catatan terlambat"),
    "secured": ("strike secured again", "kunci ditutup lagi"),
    "started": ("service started, version", "layanan dimulai, versi"),
    "ended": ("service stopped", "layanan dihentikan"),
    "chain_head": ("records signed up to", "catatan ditandatangani sampai"),
    "records_dropped": ("THE JOURNAL IS FULL, records given up", "JURNAL PENUH, catatan dilepas"),
    "journal_begun": ("A NEW JOURNAL WAS BEGUN", "JURNAL BARU DIMULAI"),
    "begun_ahead": ("an older copy of the card was put back", "salinan lama kartu dipasang kembali"),
    "begun_differs": ("an older copy of the card was put back", "salinan lama kartu dipasang kembali"),
    "begun_unread": ("the one before could not be read at the start", "jurnal lama tidak terbaca saat mulai"),
    "unconfirmed": ("not confirmed", "belum dikonfirmasi"),
    # the site and the clock
    "passback_reset": ("anti-passback forgotten", "anti-passback dihapus"),
    "everybody": ("everybody", "semua orang"),
    "occupancy_corrected": ("people inside corrected", "jumlah orang di dalam dikoreksi"),
    "checked_out": ("closing time; not seen to leave:", "waktu tutup; belum terlihat keluar:"),
    "clock_changed": ("the clock is now", "jam sekarang"),
    "clock_is_synced": ("synced", "sinkron"),
    "clock_is_holdover": ("not synced any more", "tidak lagi sinkron"),
    "clock_is_unset": ("not set", "belum disetel"),
    "passback_noted": ("ENTERED BEFORE WITHOUT LEAVING", "SUDAH MASUK DAN BELUM KELUAR"),
    # how a gate stands and fares
    "mode_is": ("door is", "pintu"),
    "inside": ("inside", "di dalam"),
    "well": ("all is well", "semua baik"),
    "unwell": ("AMISS", "ADA GANGGUAN"),
    "trust_warned": ("no new trust bundle for long", "data kepercayaan lama tidak diperbarui"),
    "trust_degraded": ("trust bundle is too old", "data kepercayaan terlalu lama"),
    "certificate_ends": ("certificate ends within 30 days", "sertifikat berakhir dalam 30 hari"),
    "is_version": ("version", "versi"),
    "trust_version": ("trust bundle", "data kepercayaan"),
    "fps": ("frames a second", "gambar per detik"),
    "records_unconfirmed": ("records unconfirmed", "catatan belum dikonfirmasi"),
    "mb_free": ("MB free", "MB kosong"),
    "throttled_under_voltage": ("UNDER VOLTAGE", "TEGANGAN KURANG"),
    "throttled_frequency_capped": ("clocked down", "frekuensi dibatasi"),
    "throttled_throttled": ("throttled", "diperlambat"),
    "throttled_hot": ("HOT", "PANAS"),
    "answer_to": ("answer to", "jawaban untuk"),
    # notes
    "provisional": ("not recorded yet", "belum tercatat"),
    "was_offline": ("recorded before the broker was reached", "dicatat sebelum broker terhubung"),
    "clock_unset": ("the time is a lower bound", "waktu adalah batas bawah"),
    "drill": ("DRILL", "LATIHAN"),
    "unknown_type": ("message of an unknown type", "pesan jenis tak dikenal"),
    "unknown_topic": ("message on an unknown topic", "pesan pada topik tak dikenal"),
    "no_event": ("not a message of a gate", "bukan pesan gerbang"),
    "breaks_schema": ("breaks the contract", "melanggar kontrak"),
    "other_source": ("it names another gate as its source", "menyebut gerbang lain sebagai sumber"),
    # the link
    "watching": ("watching; press Ctrl-C to end", "memantau; tekan Ctrl-C untuk selesai"),
    "away": ("still trying", "terus mencoba"),
    "unchecked": (
        "jsonschema is not installed, so messages are shown unchecked (pip install 'gate[central]')",
        "jsonschema tidak terpasang, jadi pesan tampil tanpa pemeriksaan (pip install 'gate[central]')",
    ),
}


class Words:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self._index = LANGUAGES.index(language)

    def knows(self, key: object) -> bool:
        """Whether there are words for it."""
        return isinstance(key, str) and key in _WORDS

    def __call__(self, key: object) -> str:
        """The words for a key of the contract; a key of a later version, or of another kind, as plain text."""
        found = _WORDS.get(key) if isinstance(key, str) else None
        return str(key).replace("_", " ") if found is None else found[self._index]
