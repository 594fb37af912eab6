// Turn answers into elements. Texts of users and names of models only ever become text, never markup.

/** An element with attributes and children; a child that is a string becomes text. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

export const percent = share => `${(100 * share).toFixed(share > 0.995 && share < 1 ? 1 : 0)} %`;
export const plural = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
// characters that would change the direction of the text after them
const plain = text => String(text).replace(/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

/** A table with a caption; cells are texts or elements. */
export function table(caption, heads, rows, options = {}) {
  const numbers = options.numbers || [];
  const cell = (tag, content, index) =>
    make(tag, {class: numbers.includes(index) ? "number" : undefined, scope: tag === "th" ? "col" : undefined}, content);
  const body = rows.map(row => make("tr", {}, ...row.map((content, index) => cell("td", content, index))));
  const found = make("table", {class: options.class},
    make("caption", {}, caption),
    make("thead", {}, make("tr", {}, ...heads.map((head, index) => cell("th", head, index)))),
    make("tbody", {}, ...body));
  return make("div", {class: "wide", tabindex: "0", role: "group", "aria-label": caption}, found);
}

/** What a slot was resolved to: the value, and what else is known about it. */
function meaning(resolved) {
  if (!resolved) return "";
  const more = Object.entries(resolved).filter(([key]) => key !== "value").map(([key, value]) =>
    key === "score" ? `${percent(value)} sure` : `${key.replaceAll("_", " ")} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  const value = typeof resolved.value === "string" ? resolved.value : JSON.stringify(resolved.value ?? "");
  return plain(value + (more.length ? ` (${more.join(", ")})` : ""));
}

/** The text with its slots marked; a screen reader hears the slot type after each. */
function utterance(text, slots, slotTypes) {
  const line = make("p", {class: "utterance"});
  const characters = [...text];  // offsets count characters, and a string of JavaScript counts halves of some
  const cut = (from, to) => plain(characters.slice(from, to).join(""));
  let end = 0;
  for (const slot of slots) {
    line.append(cut(end, slot.start));
    const colour = Math.max(0, slotTypes.indexOf(slot.slot_type)) % 8;
    line.append(make("mark", {class: `slot-${colour}`}, cut(slot.start, slot.end), make("small", {}, plain(slot.slot_type))));
    end = slot.end;
  }
  line.append(cut(end, characters.length));
  return line;
}

/** The intents with their scores, as a table with bars. */
function scores(intents) {
  const rows = intents.map(one => {
    const bar = make("span");
    bar.style.width = `${Math.max(0.5, 100 * one.score)}%`;
    return make("tr", {}, make("th", {scope: "row"}, plain(one.intent)), make("td", {class: "number"}, percent(one.score)),
      make("td", {class: "bar", "aria-hidden": "true"}, bar));
  });
  return make("table", {class: "scores"}, make("caption", {}, "Intents with scores"), make("tbody", {}, ...rows));
}

/** What the page shows of one frame. */
export function showFrame(frame, slotTypes, place, count, text) {
  const accepted = frame.accepted;
  const word = accepted ? "Accepted" : "Not accepted";
  const intent = frame.intent === null || frame.intent === undefined ? "no intent" : plain(frame.intent);
  const part = make("div", {class: "frame"});
  if (count > 1) part.append(make("h3", {}, `Part ${place + 1} of ${count}`));
  part.append(make("p", {class: `verdict ${accepted ? "accepted" : "rejected"}`},
    make("span", {class: "badge"}, word), make("strong", {}, intent), make("span", {class: "quiet"}, `score ${percent(frame.score)}`)));
  if (!accepted) part.append(make("p", {class: "quiet"}, "The model is not sure that this is meant for it. A program should ask again, or leave it to someone else."));
  const start = frame.start ?? 0;
  const own = [...text].slice(start, frame.end ?? undefined).join("");
  const slots = frame.slots.map(slot => ({...slot, start: slot.start - start, end: slot.end - start}));
  part.append(utterance(own, slots, slotTypes));
  if (frame.slots.length) {
    part.append(table("Slots", ["slot type", "in the text", "means"],
      frame.slots.map(slot => [plain(slot.slot_type), plain(slot.value), meaning(slot.resolved) || "the text itself"])));
  }
  const shown = (frame.intents || []).filter((one, index) => index === 0 || one.score >= 0.0005);
  if (shown.length > 1) part.append(scores(shown));
  return part;
}

/** The intents and slot types of a model. */
export function showLabels(description) {
  const most = 150;
  const list = (names, noun) => {
    const chips = names.slice(0, most).map(name => make("li", {}, plain(name)));
    if (names.length > most) chips.push(make("li", {}, `and ${(names.length - most).toLocaleString("en")} more`));
    return [make("h3", {}, plural(names.length, noun)), make("ul", {class: "chips"}, ...chips)];
  };
  return [...list(description.intents, "intent"), ...list(description.slot_types, "slot type")];
}
