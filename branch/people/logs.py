"""Logs carry no personal data: identity numbers, phones and card numbers are masked on their way out."""

from __future__ import annotations

import logging
import re

from kernel import masks

_ID = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_CARD = re.compile(r"(?<!\d)\d{16,19}(?!\d)")
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def masked(text: str) -> str:
    """The text with identity numbers, card numbers and mobile numbers masked."""
    text = _ID.sub(lambda found: masks.id_number(found[0]), text)
    text = _CARD.sub(lambda found: masks.bank_account(found[0]), text)
    return _PHONE.sub(lambda found: masks.phone(found[0]), text)


class MaskPersonalData(logging.Filter):
    """A logging filter that masks the message and its arguments; it never drops a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):
            record.msg = masked(record.getMessage())
            record.args = ()
        elif isinstance(record.msg, dict):
            record.msg = {key: masked(value) if isinstance(value, str) else value for key, value in record.msg.items()}
        return True
