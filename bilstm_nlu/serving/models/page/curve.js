// The learning curve, drawn anew whenever a point arrives: one line for each start.

import {percent, table} from "./show.js";

const NAMES = {pretrained: "from the pretrained model", scratch: "from scratch"};
const HEIGHT = 300, LEFT = 58, RIGHT = 16, TOP = 14, BOTTOM = 46;
const SPACE = "http://www.w3.org/2000/svg";

function draw(name, attributes, text) {
  const element = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/** A round number of utterances between two marks of the axis, so that there are about four. */
function stepOf(most) {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map(one => one * power).find(one => one >= rough);
}

/** Draw the curves.
 *  curves: pretrained and scratch -> points with `examples` and `frame_accuracy`. Seconds would not be fair: the two
 *  trainings share the machine. */
export function drawCurves(place, tablePlace, curves) {
  const WIDTH = Math.max(280, Math.min(704, place.clientWidth || 640));  // a pixel is a pixel, so that texts are readable
  const known = Object.entries(curves).map(([name, points]) => [name, points.filter(point => point.frame_accuracy !== null)]);
  const all = known.flatMap(([, points]) => points);
  const most = Math.max(50, ...all.map(point => point.examples)) * 1.03;
  const x = number => LEFT + (WIDTH - LEFT - RIGHT) * number / most;
  const y = share => TOP + (HEIGHT - TOP - BOTTOM) * (1 - share);
  const last = known.filter(([, points]) => points.length)
    .map(([name, points]) => `${NAMES[name]} ${percent(points.at(-1).frame_accuracy)} after ${points.at(-1).examples.toLocaleString("en")} utterances`);
  const picture = draw("svg", {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label":
    `Learning curves. ${last.join(", ") || "No point yet"}.`});
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    picture.append(draw("line", {class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(share), y2: y(share)}));
    picture.append(draw("text", {x: LEFT - 8, y: y(share) + 4, "text-anchor": "end"}, percent(share)));
  }
  const step = stepOf(most);
  for (let number = 0; number <= most; number += step) {
    picture.append(draw("text", {x: x(number), y: HEIGHT - BOTTOM + 20, "text-anchor": "middle"}, number.toLocaleString("en")));
  }
  picture.append(draw("text", {x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle"}, "utterances read, repeats included"));
  for (const [name, points] of known) {
    const places = points.map(point => [x(point.examples), y(point.frame_accuracy)]);
    picture.append(draw("polyline", {class: `line ${name}`, points: places.map(pair => pair.join(",")).join(" ")}));
    for (const [cx, cy] of places) picture.append(draw("circle", {class: `dot ${name}`, cx, cy, r: 4.5}));
  }
  place.replaceChildren(picture);
  const rows = known.flatMap(([name, points]) => points.map(point =>
    [NAMES[name], point.examples.toLocaleString("en"), point.seconds.toFixed(1), percent(point.frame_accuracy)]));
  tablePlace.replaceChildren(table("Points of the curves", ["start", "utterances read", "seconds", "all right"], rows, {numbers: [1, 2, 3]}));
}
