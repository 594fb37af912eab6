"""Phrases for the built-in intents of voice platforms, whose own samples are not published."""

__all__ = ["BUILTIN_FALLBACK", "BUILTIN_INTENT_PHRASES"]

#: The built-in intent of texts that are not meant for the skill. It needs no phrases.
BUILTIN_FALLBACK = "AMAZON.FallbackIntent"

#: Built-in intent -> what people say; no phrase is of two intents.
BUILTIN_INTENT_PHRASES: dict[str, tuple[str, ...]] = {
    "AMAZON.HelpIntent": (
        *("help", "help me", "help please", "i need help", "i need some help", "can you help me", "please help me"),
        *("what can i do", "what can you do", "what can i say", "what are my options", "what do i do now"),
        *("how does this work", "how do i use this", "give me some help", "i don't know what to do"),
    ),
    "AMAZON.StopIntent": (
        *("stop", "please stop", "stop it", "stop please", "stop now", "off", "quit", "exit", "goodbye", "bye"),
        *("that's all", "i'm done", "that is enough", "shut up", "end", "close", "leave", "turn off", "good bye"),
    ),
    "AMAZON.CancelIntent": (
        *("cancel", "cancel that", "cancel it", "please cancel", "cancel please", "never mind", "nevermind"),
        *(
            "forget it",
            "forget that",
            "forget about it",
            "abort",
            "don't do that",
            "i changed my mind",
            "scratch that",
        ),
    ),
    "AMAZON.YesIntent": (
        *("yes", "yes please", "yeah", "yep", "yup", "sure", "of course", "okay", "ok", "correct", "that's right"),
        *(
            "right",
            "absolutely",
            "definitely",
            "please do",
            "sounds good",
            "i do",
            "yes i do",
            "that is correct",
            "fine",
        ),
    ),
    "AMAZON.NoIntent": (
        *("no", "no thanks", "no thank you", "nope", "nah", "not now", "not really", "don't", "no way", "never"),
        *("i don't", "no i don't", "absolutely not", "definitely not", "that's wrong", "not today", "i do not"),
    ),
    "AMAZON.RepeatIntent": (
        *(
            "repeat",
            "repeat that",
            "repeat it",
            "please repeat",
            "please repeat that",
            "say that again",
            "say it again",
        ),
        *("what did you say", "once more", "once more please", "can you repeat that", "i didn't hear that", "pardon"),
        *("come again", "one more time", "again please"),
    ),
    "AMAZON.NextIntent": (
        *("next", "next one", "next please", "skip", "skip this", "skip it", "go to the next one", "skip ahead"),
        *("skip forward", "the next one", "go forward", "move on"),
    ),
    "AMAZON.PreviousIntent": (
        *("previous", "previous one", "go back", "the one before", "back up", "skip back", "back", "the last one"),
        *("go to the previous one", "the previous one", "go back one", "one back"),
    ),
    "AMAZON.PauseIntent": ("pause", "pause it", "pause that", "pause please", "hold on", "wait", "wait a moment"),
    "AMAZON.ResumeIntent": ("resume", "continue", "go on", "keep going", "carry on", "resume please", "unpause"),
    "AMAZON.StartOverIntent": (
        *("start over", "restart", "begin again", "start again", "from the beginning", "start from the beginning"),
        *("let's start over", "back to the start", "start from scratch"),
    ),
    "AMAZON.NavigateHomeIntent": (
        *("go home", "go to the home screen", "main menu", "take me home", "home screen", "back to the main menu"),
    ),
    "AMAZON.NavigateSettingsIntent": ("settings", "go to settings", "open settings", "show the settings"),
    "AMAZON.MoreIntent": ("more", "show more", "show me more", "tell me more", "more please", "give me more"),
    "AMAZON.LoopOnIntent": ("loop on", "loop this", "turn on loop", "keep repeating this", "turn loop on"),
    "AMAZON.LoopOffIntent": ("loop off", "turn off loop", "stop looping", "turn loop off", "stop repeating this"),
    "AMAZON.ShuffleOnIntent": ("shuffle", "shuffle on", "turn on shuffle", "turn shuffle on", "mix it up"),
    "AMAZON.ShuffleOffIntent": ("shuffle off", "stop shuffling", "turn off shuffle", "turn shuffle off"),
    "AMAZON.PageUpIntent": ("page up", "one page up", "go a page up"),
    "AMAZON.PageDownIntent": ("page down", "one page down", "go a page down"),
    "AMAZON.ScrollUpIntent": ("scroll up", "scroll up please", "scroll it up"),
    "AMAZON.ScrollDownIntent": ("scroll down", "scroll down please", "scroll it down"),
    "AMAZON.ScrollLeftIntent": ("scroll left", "scroll to the left"),
    "AMAZON.ScrollRightIntent": ("scroll right", "scroll to the right"),
}
