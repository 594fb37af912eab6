"""Phrases for the built-in intents of the Alexa platform, whose samples are not published."""

__all__ = ["BUILTIN_INTENT_PHRASES"]

#: Built-in intent -> what people say; the fallback intent has no phrases, because it means any other phrase.
BUILTIN_INTENT_PHRASES: dict[str, tuple[str, ...]] = {
    "AMAZON.HelpIntent": ("help", "help me", "what can i do", "what can you do", "how does this work", "i need help"),
    "AMAZON.StopIntent": ("stop", "please stop", "exit", "quit", "goodbye", "that's all", "stop it"),
    "AMAZON.CancelIntent": ("cancel", "cancel that", "never mind", "forget it", "please cancel", "cancel it"),
    "AMAZON.YesIntent": ("yes", "yes please", "sure", "yeah", "of course", "okay", "yep", "correct"),
    "AMAZON.NoIntent": ("no", "no thanks", "nope", "not now", "no thank you", "not really", "don't"),
    "AMAZON.RepeatIntent": ("repeat", "repeat that", "say that again", "what did you say", "once more please"),
    "AMAZON.NextIntent": ("next", "skip", "next one", "go to the next one", "skip this"),
    "AMAZON.PreviousIntent": ("previous", "go back", "the one before", "previous one", "back up"),
    "AMAZON.PauseIntent": ("pause", "pause it", "hold on", "wait a moment", "pause please"),
    "AMAZON.ResumeIntent": ("resume", "continue", "go on", "keep going", "carry on"),
    "AMAZON.StartOverIntent": ("start over", "restart", "begin again", "start again", "from the beginning"),
    "AMAZON.NavigateHomeIntent": ("go home", "main menu", "take me home", "home screen", "back to the start"),
}
