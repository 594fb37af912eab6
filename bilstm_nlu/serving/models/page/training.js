// Check a skill or data, train a model on it while the visitor watches, and hand it over.

import {Refused, ask, fetchFile} from "./ask.js";
import {drawCurves} from "./curve.js";
import {make, percent, plural, table} from "./show.js";

const by = id => document.getElementById(id);
const PAUSE = 1000;  // milliseconds between two looks
const TOLD = {running: "Training", done: "Done", failed: "The training failed"};
let offer = null;  // what the server allows
let key = null;  // the training of this visitor
let adopted = () => {};
let curves = {};  // the points of this visitor's training

function tell(message) {
  by("own-trouble").hidden = !message;
  by("own-trouble").textContent = message || "";
}

function say(message) {
  if (by("own-status").textContent !== message) by("own-status").textContent = message;
}

async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let place = 0; place < bytes.length; place += 0x8000) text += String.fromCharCode(...bytes.subarray(place, place + 0x8000));
  return btoa(text);
}

/** A name for a pasted text, so that its format is recognised. */
function nameOf(text) {
  const start = text.trimStart();
  if (start[0] === "{" || start[0] === "[") {
    try {
      JSON.parse(text);
      return "my-skill.json";
    } catch {
      return start[0] === "{" ? "my-skill.jsonl" : "my-skill.json";
    }
  }
  const first = start.split("\n", 1)[0];
  if (/^(version|nlu|intents|language|type)\s*:/m.test(start)) return "my-skill.yml";
  if (/^#\s*\S/.test(first)) return "my-skill.lu";
  return first.includes("\t") ? "my-skill.tsv" : "my-skill.csv";
}

async function body() {
  const files = [...by("files").files, ...by("folder").files];
  const pasted = by("pasted").value;
  if (!files.length && !pasted.trim()) throw new Refused(0, "Choose a file or paste one first.");
  const sent = files.length ? files : [new File([pasted], nameOf(pasted))];
  const size = sent.reduce((sum, file) => sum + file.size, 0);
  if (size > offer.upload) throw new Refused(0, `The files have ${plural(size, "byte")}; this server takes at most ${plural(offer.upload, "byte")}.`);
  return {files: await Promise.all(sent.map(async file => ({path: file.webkitRelativePath || file.name, content: await base64(file)})))};
}

const sentence = text => `${text[0].toUpperCase()}${text.slice(1)}.`;

function showReport(report) {
  const counts = Object.values(report.counts);
  const sum = name => counts.reduce((total, one) => total + one[name], 0);
  const most = name => Math.max(0, ...counts.map(one => one[name]));
  const findings = report.findings.map(finding => {
    const item = make("li", {class: finding.is_error ? "error" : "advice"},
      make("p", {}, make("strong", {}, finding.is_error ? "To mend: " : "To look at: "), sentence(finding.message)),
      make("p", {class: "quiet"}, sentence(finding.cure)));
    if (finding.examples.length) {
      item.append(make("details", {}, make("summary", {}, "For example"), make("ul", {}, ...finding.examples.map(one => make("li", {}, one)))));
    }
    return item;
  });
  by("report").replaceChildren(
    make("h3", {}, `What is in ${report.name}`),
    make("p", {}, `${plural(sum("utterances"), "utterance")}, ${plural(most("intents"), "intent")}, ${plural(most("slot_types"), "slot type")}, ${plural(sum("slots"), "slot")}.`),
    findings.length ? make("ul", {class: "findings"}, ...findings) : make("p", {}, "The check found nothing to mend."));
}

async function check(sent) {
  tell("");
  const buttons = by("data").querySelectorAll("button");
  buttons.forEach(button => button.disabled = true);
  by("train").hidden = by("stop").hidden = by("curve").hidden = true;
  by("report").replaceChildren();
  by("result").replaceChildren();
  say("Reading and checking the data …");
  try {
    if (key) await ask(`v1/trainings/${key}`, "DELETE").catch(() => {});
    key = null;
    const found = await ask("v1/trainings", "POST", await sent());
    key = found.training;
    showReport(found.report);
    by("train").hidden = false;
    say(found.report.is_clean ? "The data can be trained on." : "The data has errors. Mend them, or train all the same.");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say("");
    tell(error.message);
  } finally {
    buttons.forEach(button => button.disabled = false);
  }
}

function showDone(status, name) {
  const split = ["test", "validation"].find(one => status.scores[one]);
  const scores = status.scores[split];
  const few = scores.num_utterances < 30 ? "These are few utterances, so the scores may be far off. " : "";
  const again = make("button", {type: "button", class: "main"}, "Try it");
  again.addEventListener("click", () => adopted(name, model(status, name)));
  const load = make("button", {type: "button"}, `Download the model (${(status.size_in_bytes / 1e6).toFixed(1)} MB)`);
  load.addEventListener("click", () => download(name));
  by("result").replaceChildren(
    make("h3", {}, `Scores on ${plural(scores.num_utterances, "utterance")} that it was not trained on (${split})`),
    table("Scores", ["what", "share right"], [["intent", percent(scores.intent_accuracy)],
      ...(scores.slot_f1 === null ? [] : [["slots (F1)", percent(scores.slot_f1)]]), ["all right", percent(scores.frame_accuracy)]], {numbers: [1]}),
    make("p", {}, `${few}The licence of the model is ${status.licence || "yours to choose"}.`),
    make("div", {class: "row"}, again, load),
    make("p", {class: "quiet small"}, `Data and model are deleted after ${Math.round(offer.idle / 60)} minutes without use, and when the server stops.`),
    make("details", {}, make("summary", {}, "What the training printed"),
      make("pre", {tabindex: "0", "aria-label": "What the training printed"}, status.runs.pretrained.told.join("\n"))));
}

function model(status, name) {
  return {...status.labels, name, url: `v1/trainings/${key}`, examples: status.examples.slice(0, 8), scores: status.scores,
    licence: status.licence};
}

async function download(name) {
  say("Packing the model …");
  try {
    const file = URL.createObjectURL(await fetchFile(`v1/trainings/${key}/model.zip`));
    const link = make("a", {href: file, download: `${name}.zip`});
    link.click();
    setTimeout(() => URL.revokeObjectURL(file), 60000);
    say("The download has started.");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell(error.message);
  }
}

async function train() {
  tell("");
  by("train").hidden = true;
  const mine = key;
  try {
    let status = await ask(`v1/trainings/${mine}`, "POST");
    by("stop").hidden = by("curve").hidden = false;
    const name = by("report").querySelector("h3").textContent.replace("What is in ", "") + " (yours)";
    let hasEnded = false;
    for (;;) {
      if (mine !== key) return;
      const runs = Object.values(status.runs);
      curves = Object.fromEntries(Object.entries(status.runs).map(([start, run]) => [start, run.points]));
      drawCurves(by("plot"), by("curve-table"), curves);
      if (status.state !== "running" && !hasEnded) {
        hasEnded = true;
        if (status.state === "failed") throw new Refused(0, `The training failed: ${status.runs.pretrained.problem}`);
        showDone(status, name);
        say(`Done after ${Math.round(status.runs.pretrained.seconds)} seconds.`);
      }
      if (runs.every(run => run.state !== "running")) break;
      if (!hasEnded) {
        const points = status.runs.pretrained.points;
        say(points.length ? `${TOLD.running}: ${percent(points.at(-1).frame_accuracy)} of the validation utterances are all right.`
          : `${TOLD.running}: the data is being prepared; the first point comes in some seconds.`);
      }
      await new Promise(resolve => setTimeout(resolve, PAUSE));
      status = await ask(`v1/trainings/${mine}`);
    }
    by("stop").hidden = true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    by("stop").hidden = true;
    say("");
    if (mine === key) tell(error.message);
  }
}

async function stop() {
  const mine = key;
  key = null;
  by("stop").hidden = by("curve").hidden = true;
  await ask(`v1/trainings/${mine}`, "DELETE").catch(() => {});
  say("Stopped, and everything was deleted. Check the data again to start over.");
}

/** Show the part for training, if the server offers it.
 *  adopt: called with the name of a trained model and what the page needs to ask it. */
export async function offerTraining(adopt) {
  offer = await ask("v1/trainings");
  if (!offer.trains || !by("own").hidden) return;
  adopted = adopt;
  by("own").hidden = by("to-own").hidden = false;
  by("privacy").textContent = "What you type and upload goes to the server that this page comes from, and nowhere else. The page loads nothing from anyone else.";
  by("data").addEventListener("submit", event => (event.preventDefault(), check(body)));
  by("example").addEventListener("click", () => check(async () => ({example: true})));
  by("train").addEventListener("click", train);
  by("stop").addEventListener("click", stop);
  window.addEventListener("resize", () => by("curve").hidden || drawCurves(by("plot"), by("curve-table"), curves));
}
