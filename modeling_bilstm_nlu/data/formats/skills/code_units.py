"""Places in a text, counted in UTF-16 code units, as services that are written in C# or JavaScript count them."""

__all__ = ["char_of_unit", "unit_of_char"]


def char_of_unit(text: str, unit: int) -> int:
    """The place, in characters, of a UTF-16 code unit; a place outside the text does not change.

    Args:
        text: any text.
        unit: a place in it, in UTF-16 code units; a character outside the basic plane has two units.
    """
    if unit <= 0 or text.isascii():
        return unit
    position = 0
    for number, char in enumerate(text):
        if position >= unit:
            return number
        position += 1 + (char > "\uffff")
    return len(text) + unit - position


def unit_of_char(text: str, place: int) -> int:
    """The place, in UTF-16 code units, of a character: the inverse of ``char_of_unit``."""
    return place if text.isascii() else place + sum(char > "\uffff" for char in text[:place])
