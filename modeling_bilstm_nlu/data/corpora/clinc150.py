"""Read CLINC150 (Larson et al. 2019, arXiv:1909.02027): ten domains with fifteen intents each, and out of scope."""

import re
from collections.abc import Mapping
from pathlib import Path

from datasets import Dataset

from bilstm_nlu.errors import DataError
from bilstm_nlu.files import read_json, read_text

from ..corpus_info import CorpusInfo, HubSource
from ..formats.format import Format
from ..raw_domains import RawDomain
from ..split_names import canonical_split
from .hub_tables import hub_rows
from .labelled_texts import LabelledTexts

__all__ = ["CLINC150", "read_clinc150"]

_VARIANTS = ("full", "small", "imbalanced", "oos_plus")
_FILE = re.compile(rf"data_({'|'.join(_VARIANTS)})(?i:\.json(\.gz)?)")
_OUT_OF_SCOPE_LABEL = "oos"
_OUT_OF_SCOPE_KEY = "oos_"  # prefix of a split's name: the requests of the split that are out of scope

#: The content of the publisher's ``domains.json``, which the tables of the hub do not have.
_DOMAINS = {
    "banking": (
        "freeze_account routing pin_change bill_due pay_bill account_blocked interest_rate min_payment bill_balance "
        "transfer order_checks balance spending_history transactions report_fraud"
    ),
    "credit_cards": (
        "replacement_card_duration expiration_date damaged_card improve_credit_score report_lost_card card_declined "
        "credit_limit_change apr redeem_rewards credit_limit rewards_balance application_status credit_score new_card "
        "international_fees"
    ),
    "kitchen_and_dining": (
        "food_last confirm_reservation how_busy ingredients_list calories nutrition_info recipe restaurant_reviews "
        "restaurant_reservation meal_suggestion restaurant_suggestion cancel_reservation ingredient_substitution "
        "cook_time accept_reservations"
    ),
    "home": (
        "what_song play_music todo_list_update reminder reminder_update calendar_update order_status update_playlist "
        "shopping_list calendar next_song order todo_list shopping_list_update smart_home"
    ),
    "auto_and_commute": (
        "current_location oil_change_when oil_change_how uber traffic tire_pressure schedule_maintenance gas mpg "
        "distance directions last_maintenance gas_type tire_change jump_start"
    ),
    "travel": (
        "plug_type travel_notification translate flight_status international_visa timezone exchange_rate "
        "travel_suggestion travel_alert vaccines lost_luggage book_flight book_hotel carry_on car_rental"
    ),
    "utility": (
        "weather alarm date find_phone share_location timer make_call calculator definition measurement_conversion "
        "flip_coin spelling time roll_dice text"
    ),
    "work": (
        "pto_request_status next_holiday insurance_change insurance meeting_schedule payday taxes income "
        "rollover_401k pto_balance pto_request w2 schedule_meeting direct_deposit pto_used"
    ),
    "small_talk": (
        "who_made_you meaning_of_life who_do_you_work_for do_you_have_pets what_are_your_hobbies fun_fact "
        "what_is_your_name where_are_you_from goodbye thank_you greeting tell_joke are_you_a_bot how_old_are_you "
        "what_can_i_ask_you"
    ),
    "meta": (
        "change_speed user_name whisper_mode yes change_volume no change_language repeat change_accent cancel "
        "sync_device change_user_name change_ai_name reset_settings maybe"
    ),
}
_DOMAIN_OF = {intent: domain for domain, intents in _DOMAINS.items() for intent in intents.split()}


def _add(texts: LabelledTexts, split: str, text: object, label: object) -> None:
    texts.add(split, text, label, domain=_DOMAIN_OF.get(label) if isinstance(label, str) else None)


def _file(folder: Path, variant: str) -> Path | None:
    names = (f"data_{variant}.json", f"data_{variant}.json.gz")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def sniff(path: Path) -> bool:
    """Say whether a file or a folder looks like this format."""
    files = [_file(path, variant) for variant in _VARIANTS] if path.is_dir() else [path]
    file = next((file for file in files if file is not None and _FILE.fullmatch(file.name)), None)
    return file is not None and f'"{_OUT_OF_SCOPE_KEY}' in read_text(file)


def _from_hub(tables: Mapping[str, Dataset], *, out_of_scope: str = "fallback", on_error: str = "drop") -> RawDomain:
    """Read the tables of the hub; broken rows are left out and counted, or an error with ``on_error="raise"``."""
    raw = RawDomain("clinc150")
    texts = LabelledTexts(raw, _OUT_OF_SCOPE_LABEL, out_of_scope)
    for split, where, row in hub_rows(raw, tables, ("text", "intent")):
        with raw.record(where, on_error):
            _add(texts, split, *row)
    return raw


def read_clinc150(
    path: Path, *, variant: str = "full", out_of_scope: str = "fallback", on_error: str = "skip_few"
) -> RawDomain:
    """Read CLINC150; requests out of scope have no domain. The copy on the hub is the variant ``oos_plus``.

    Args:
        path: the folder, or one file; for a file, ``variant`` is ignored.
        variant: ``full`` (100 training texts per intent), ``small`` (50), ``imbalanced`` (25 to 100) or ``oos_plus``
            (like ``full``, but with 250 training texts out of scope instead of 100). The other splits do not differ.
        out_of_scope: what to do with the label ``oos``. ``fallback``: it becomes the intent ``out_of_scope``;
            ``keep``: it does not change; ``drop``: these requests are left out.
        on_error: what to do about broken records: ``skip_few``, ``drop`` or ``raise``.

    Raises:
        DataError: a record is broken, a variant or policy is unknown, or there is no such file.
    """
    if variant not in _VARIANTS:
        raise DataError(f"unknown variant={variant!r}; known variants: {', '.join(_VARIANTS)}")
    file = _file(path, variant) if path.is_dir() else path
    if file is None:
        raise DataError(f"{path}: there is no file data_{variant}.json; give the folder that has it")
    document = read_json(file)
    if not isinstance(document, dict) or not all(isinstance(pairs, list) for pairs in document.values()):
        raise DataError(f"{file}: expected one object, split -> list of [text, intent]")
    raw = RawDomain("clinc150")
    texts = LabelledTexts(raw, _OUT_OF_SCOPE_LABEL, out_of_scope)
    for name, pairs in document.items():
        split = canonical_split(name.removeprefix(_OUT_OF_SCOPE_KEY))
        if split is None:
            raise DataError(f"{file}: unknown split {name!r}; expected train, val, test, oos_train, oos_val, oos_test")
        for number, pair in enumerate(pairs, start=1):
            with raw.record(f"{file}, {name}, pair {number}", on_error):
                if not isinstance(pair, list) or len(pair) != 2:
                    raise DataError(f"expected a text and its intent, found {pair!r}")
                _add(texts, split, *pair)
    return raw


CLINC150 = Format(
    name="clinc150",
    summary="CLINC150 JSON as published, a folder with data_full.json and its variants, or one such file",
    priority=30,
    sniff=sniff,
    read=read_clinc150,
    info=CorpusInfo(
        title="CLINC150",
        licence="cc-by-3.0",
        citation=(
            "Larson et al., An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction, "
            "EMNLP-IJCNLP 2019, arXiv:1909.02027"
        ),
        url="https://github.com/clinc/oos-eval",
        language="en",
        domains=tuple(_DOMAINS),
        hub=HubSource("clinc/clinc_oos", "plus"),  # not the variant full, but 150 texts more
    ),
    from_hub=_from_hub,
)
