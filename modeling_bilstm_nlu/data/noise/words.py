"""Word lists of the noise: fillers, words that sound the same, neighbours on the keyboard, words that get lost."""

__all__ = ["AFTER", "BEFORE", "FUNCTION_WORDS", "INSIDE", "KEYS", "NUMBERS", "SOUNDS", "SPELLINGS"]

#: What people say before a request, in it, and after it.
BEFORE = (
    "um", "uh", "er", "hey", "hi", "hello", "okay", "ok", "so", "well", "please", "can you", "could you",
    "can you please", "could you please", "would you", "i want to", "i would like to", "i'd like you to",
    "i need you to",
    "would you mind", "go ahead and", "um can you", "yeah", "alright", "now",
)  # fmt: skip
INSIDE = ("um", "uh", "er", "like", "you know", "uhm")
AFTER = ("please", "thanks", "thank you", "for me", "will you", "if you can", "okay", "um")

#: Words outside slots that speech recognition loses.
FUNCTION_WORDS = frozenset(
    "a an and are at be can do for from have in is it me my of on that the there this to was will with "
    "you your".split()
)

#: Words that sound the same, or nearly so.
_SAME_SOUND = (
    "to too two", "for four fore", "there their", "your you're", "its it's", "by buy bye", "no know", "new knew",
    "right write", "here hear", "our hour are", "one won", "ate eight", "see sea", "be bee", "weather whether",
    "wait weight", "week weak", "meet meat", "mail male", "made maid", "red read", "road rode", "son sun", "some sum",
    "sale sail", "tail tale", "role roll", "pair pear", "peace piece", "plane plain", "main mane", "night knight",
    "not knot", "nose knows", "hole whole", "in inn", "i eye", "would wood", "wear where", "which witch", "while wile",
    "wine whine", "way weigh", "blue blew", "brake break", "cell sell", "cent sent scent", "check cheque", "dear deer",
    "die dye", "fair fare", "find fined", "flour flower", "great grate", "heal heel", "hi high", "him hymn",
    "lead led",
    "mist missed", "past passed", "poor pour", "rain reign", "root route", "seen scene", "steal steel", "tea tee",
    "than then", "threw through", "time thyme", "waist waste", "war wore", "of off", "list least", "set sat", "add at",
    "turn tern", "light lights", "off of", "play plate", "and an", "alarm alarms", "song songs", "tell tall",
    "what watt", "when win", "with width", "how who", "show shoe", "start star", "stop stops", "call caul",
    "book brook",
    "this these", "that dad", "get got", "give gave", "make mate", "next necks", "last lost", "first fist",
    "order odor",
    "remind remained", "send sand", "open hoping", "close clothes", "long lawn", "cancel council", "can ken",
    "thing think", "day they", "today to day", "tonight to night", "into in to", "cannot can not", "maybe may be",
    "anyone any one", "everyday every day", "alot a lot",
)  # fmt: skip
SOUNDS: dict[str, tuple[str, ...]] = {}
for _group in _SAME_SOUND:
    _words = tuple(_group.split())
    if len(_words) > 3 or (len(_words) == 3 and _words[1] + _words[2] == _words[0]):  # one word heard as two
        SOUNDS[_words[0]] = (" ".join(_words[1:]),)
        continue
    for _word in _words:
        SOUNDS[_word] = (*SOUNDS.get(_word, ()), *(other for other in _words if other != _word))

#: Letters that are heard or spelled in another way: the first ones are replaced.
SPELLINGS = (
    ("ph", "f"), ("ck", "k"), ("qu", "kw"), ("ee", "ea"), ("ea", "ee"), ("ei", "ie"), ("ie", "ei"), ("ou", "u"),
    ("ow", "o"), ("ai", "ay"), ("oo", "u"), ("gh", ""), ("kn", "n"), ("wh", "w"), ("th", "t"), ("sh", "ch"),
    ("ing", "in"),
    ("er", "a"), ("or", "er"), ("tion", "shun"), ("c", "k"), ("s", "z"), ("z", "s"), ("d", "t"), ("t", "d"),
    ("b", "p"),
    ("p", "b"), ("v", "f"), ("f", "v"), ("g", "k"), ("m", "n"), ("n", "m"), ("i", "e"), ("e", "i"),
    ("a", "e"), ("o", "a"),
    ("u", "o"), ("y", "ie"),
)  # fmt: skip

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
#: Letter -> its neighbours on a QWERTY keyboard.
KEYS: dict[str, str] = {}
for _y, _row in enumerate(_ROWS):
    for _x, _letter in enumerate(_row):
        KEYS[_letter] = "".join(
            other[_place]
            for _other_y, other in enumerate(_ROWS)
            for _place in range(len(other))
            if abs(_other_y - _y) <= 1 and abs(_place - _x) <= 1 and other[_place] != _letter
        )

#: Number words -> digits.
NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen "
        "eighteen nineteen".split()
    )
} | {
    word: str(10 * tens)
    for tens, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}  # fmt: skip
