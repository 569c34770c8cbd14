from __future__ import annotations

from datetime import date

import pytest

from kernel.identifiers import INVALID, KINDS, VALID, WARN, check, fund_account, normalised

TODAY = date(2026, 10, 1)


@pytest.mark.parametrize(
    ("kind", "text", "word"),
    [
        ("resident_id", "440301199001010012", VALID),
        ("resident_id", " 4403 0119 9001 0100 12 ", VALID),
        ("resident_id", "４４０３０１１９９００１０１００１２", VALID),
        ("resident_id", "44030119920815008x", VALID),
        ("resident_id", "440301199001010013", INVALID),
        ("resident_id", "440301900101001", INVALID),
        ("resident_id", "4403011990010100125", INVALID),
        ("resident_id", "44030119900101001A", INVALID),
        ("resident_id", "810000199001010019", INVALID),
        ("resident_id", "", INVALID),
        ("hkmo_tw_residence_permit", "820000199001010010", VALID),
        ("hkmo_tw_residence_permit", "440301199001010012", INVALID),
        ("uscc", "91110000600037341l", VALID),
        ("uscc", "9111 0000 6000 3734 1L", VALID),
        ("uscc", "91110000600037341I", INVALID),
        ("uscc", "91110000600037341M", INVALID),
        ("bank_card", "6222 0212 3456 7890 128", VALID),
        ("bank_card", "6222021234567890129", WARN),
        ("bank_card", "622202123456789", INVALID),
        ("bank_card", "62220212345678901281", INVALID),
        ("mobile", "+86 138 0013 8000", VALID),
        ("mobile", "+8613800138000", VALID),
        ("mobile", "12800138000", INVALID),
        ("mobile", "+8612800138000", INVALID),
        ("sac_registration", "s0850512080006", VALID),
        ("sac_registration", "S0850512000006", WARN),
        ("sac_registration", "S0850512130006", WARN),
        ("sac_registration", "A0850512080006", WARN),
        ("sac_registration", "S085051208000", INVALID),
        ("sac_registration", "00850512080006", INVALID),
        ("securities_account", "a123456789", VALID),
        ("securities_account", "0123456789", VALID),
        ("securities_account", "AB12345678", INVALID),
        ("securities_account", "012345678", INVALID),
        ("fund_account", "12345678", VALID),
        ("fund_account", "1234567", INVALID),
        ("fund_account", "12345678901234", VALID),
        ("fund_account", "123456789012345", INVALID),
        ("fund_account", "1234567A", INVALID),
        ("mobile", "1" * 100, INVALID),
    ],
)
def test_the_verdict(kind: str, text: str, word: str):
    verdict = check(kind, text, TODAY)
    assert verdict.word == word
    assert bool(verdict.message) == (word != VALID)
    assert verdict.accepted == (word != INVALID)


def with_check_digit(first: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True)) % 11]


@pytest.mark.parametrize(
    ("first", "word"),
    [
        ("44030120261001001", VALID),
        ("44030120261002001", INVALID),
        ("44030119900230001", INVALID),
        ("44030120000229001", VALID),
        ("44030119000229001", INVALID),
    ],
)
def test_the_birth_date_is_real_and_not_in_the_future(first: str, word: str):
    assert check("resident_id", with_check_digit(first), TODAY).word == word


@pytest.mark.parametrize("province", [11, 15, 21, 23, 31, 37, 41, 46, 50, 54, 61, 65])
def test_the_provinces_there_are(province: int):
    assert check("resident_id", with_check_digit(f"{province}030119900101001"), TODAY).word == VALID


@pytest.mark.parametrize("province", [10, 16, 20, 24, 30, 38, 47, 49, 55, 60, 66, 71, 81, 91, 99])
def test_the_provinces_there_are_not(province: int):
    assert check("resident_id", with_check_digit(f"{province}030119900101001"), TODAY).word == INVALID


def test_an_unknown_kind_is_no_identifier():
    with pytest.raises(KeyError):
        check("passport", "E12345678", TODAY)
    assert len(KINDS) == 8


def test_the_length_of_a_fund_account_is_the_branch_s():
    assert fund_account("1234567", least=6, most=7).word == VALID
    assert normalised(" ab 12　3 ") == "AB123"
