// Speak instead of type, where the browser can turn speech into text. It is off until the visitor allows it, because
// some browsers send what they hear to their maker.

const by = id => document.getElementById(id);
const LANGUAGE = "en-US";

/** Whether the browser can do it on this device, so that no sound leaves it. */
async function isLocal(Recognition) {
  try {
    return await Recognition.available?.({langs: [LANGUAGE], processLocally: true}) === "available";
  } catch {
    return false;
  }
}

/** Show the button, if the browser can listen. */
export async function offerSpeech(heard, tell) {
  const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
  if (!Recognition) return;
  const local = await isLocal(Recognition);
  by("listening-note").textContent = local
    ? "It listens on this device; no sound leaves it."
    : "It may send what it hears to its maker. This page sends no sound to anyone.";
  by("listening").hidden = by("speak").hidden = false;
  let running = null;
  const end = () => {
    running = null;
    by("speak").setAttribute("aria-pressed", "false");
    by("speak").textContent = "Speak";
  };
  by("speak").addEventListener("click", () => {
    if (running) return running.stop();
    if (!by("may-listen").checked) {
      tell("Allow the browser to listen first, below.");
      return by("may-listen").focus();
    }
    running = new Recognition();
    running.lang = LANGUAGE;
    running.interimResults = false;
    if (local) running.processLocally = true;
    running.addEventListener("result", event => heard(event.results[0][0].transcript));
    running.addEventListener("error", event => tell(`The browser could not listen (${event.error}). Type the text.`));
    running.addEventListener("end", end);
    tell("");
    by("speak").setAttribute("aria-pressed", "true");
    by("speak").textContent = "Stop listening";
    running.start();
  });
}
