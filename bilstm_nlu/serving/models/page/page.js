// The page: choose a model, type or say or pick a text, and see what the model finds in it.

import {Refused, ask, useToken} from "./ask.js";
import {make, percent, plural, showFrame, showLabels} from "./show.js";
import {offerSpeech} from "./speech.js";
import {offerTraining} from "./training.js";

const by = id => document.getElementById(id);
const own = new Map();  // name -> what the page knows of a model that was trained here
let chosen = null;  // the model that is asked: its URL, and what is known of it
let latest = 0;  // number of the last request, so that a late answer does not replace a newer one

function tell(message) {
  by("trouble").hidden = !message;
  by("trouble").textContent = message || "";
}

function failed(error) {
  if (!(error instanceof Refused)) throw error;
  if (error.status === 401) {
    by("token-form").hidden = false;
    by("token").focus();
  }
  tell(error.message);
}

async function parse() {
  const text = by("text").value;
  if (!chosen || !text.trim()) {
    by("answer").replaceChildren();
    return tell(chosen ? "Type a text first." : "Choose a model first.");
  }
  const number = ++latest;
  const asked = chosen;
  try {
    const options = asked.splits_texts ? {multi: true} : {};
    const found = await ask(`${asked.url}/parse`, "POST", {text, top_k: 5, ...options});
    if (number !== latest) return;
    const frames = found.frames || [found.frame];
    tell("");
    by("answer").replaceChildren(...frames.map((frame, place) => showFrame(frame, asked.slot_types, place, frames.length, text)));
    by("frame").hidden = false;
    by("frame").querySelector("pre").textContent = JSON.stringify(found, null, 2);
  } catch (error) {
    if (number === latest) failed(error);
  }
}

function describe(description) {
  const scores = description.scores || {};
  const split = ["test", "validation"].find(name => scores[name]);
  const told = [plural(description.intents.length, "intent"), plural(description.slot_types.length, "slot type")];
  if (split) told.push(`all right in ${percent(scores[split].frame_accuracy)} of ${plural(scores[split].num_utterances, "utterance")} (${split})`);
  if (description.licence) told.push(`licence ${description.licence}`);
  by("about").textContent = told.join(" · ");
  by("labels").hidden = false;
  by("labels").querySelector("div").replaceChildren(...showLabels(description));
}

function showExamples(texts) {
  by("examples").hidden = !texts.length;
  by("examples").replaceChildren(...texts.map(text => {
    const button = make("button", {type: "button"}, text);
    button.addEventListener("click", () => {
      by("text").value = text;
      parse();
    });
    return button;
  }));
}

async function choose(revision = "") {
  const name = by("model").value;
  by("answer").replaceChildren();
  by("frame").hidden = true;
  chosen = null;
  try {
    const reference = encodeURIComponent(name) + (revision ? `@${encodeURIComponent(revision)}` : "");
    const known = own.get(name) || {...await ask(`v1/models/${reference}`), url: `v1/models/${reference}`};
    if (name !== by("model").value) return;
    tell("");
    describe(known);
    showExamples(known.examples || []);
    const revisions = known.revisions || [];
    by("revision-field").hidden = revisions.length < 2;
    if (!revision) {
      by("revision").replaceChildren(make("option", {value: ""}, "the one that answers"),
        ...[...revisions].reverse().map(one => make("option", {value: one}, one)));
    }
    chosen = known;
    if (!by("text").value.trim() && known.examples?.length) by("text").value = known.examples[0];
    if (by("text").value.trim()) await parse();
  } catch (error) {
    failed(error);
  }
}

/** Take a model that was trained here into the list, and choose it. */
function adopt(name, model) {
  own.set(name, model);
  let option = [...by("model").options].find(one => one.value === name);
  if (!option) by("model").append(option = make("option", {value: name}, name));
  by("model").value = name;
  by("text").value = "";
  choose();
  by("try").scrollIntoView();
  by("text").focus({preventScroll: true});
}

async function start() {
  try {
    const names = [];
    let first = null;
    for (let after = ""; after !== null;) {
      const page = await ask(`v1/models?after=${encodeURIComponent(after)}`);
      names.push(...page.models.map(model => model.name));
      after = page.next;
      first = page.default;
    }
    by("model").replaceChildren(...names.map(name => make("option", {value: name}, name)));
    if (first) by("model").value = first;
    by("token-form").hidden = true;
    if (names.length) await choose();
    else tell("The server has no model yet.");
    await offerTraining(adopt);
  } catch (error) {
    failed(error);
  }
}

by("ask").addEventListener("submit", event => (event.preventDefault(), parse()));
by("model").addEventListener("change", () => choose());
by("revision").addEventListener("change", () => choose(by("revision").value));
by("token-form").addEventListener("submit", event => {
  event.preventDefault();
  useToken(by("token").value.trim());
  start();
});
offerSpeech(text => {
  by("text").value = text;
  parse();
}, tell);
start();
