// Draws a dependency tree as SVG. Texts become text nodes, so that none of them can be markup.

const SVG = "http://www.w3.org/2000/svg";
const GAP = 18; // between words
const STEP = 24; // between levels of arcs
const RADIUS = 8;
const pen = document.createElement("canvas").getContext("2d");

function width(text, font) {
  pen.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** The arcs of a sentence, each with a level above all those that it spans or crosses. Heads count from 1. */
export function arcsOf(dep) {
  const arcs = dep
    .map(([head, label], index) => ({ head: head - 1, child: index, label }))
    .filter((arc) => arc.head >= 0 && arc.head < dep.length && arc.head !== arc.child)
    .map((arc) => ({ ...arc, from: Math.min(arc.head, arc.child), to: Math.max(arc.head, arc.child) }));
  arcs.sort((one, other) => one.to - one.from - (other.to - other.from) || one.from - other.from);
  arcs.forEach((arc, place) => {
    const below = arcs.slice(0, place).filter((other) => other.from < arc.to && arc.from < other.to);
    arc.level = 1 + Math.max(0, ...below.map((other) => other.level));
  });
  return arcs;
}

/** The middle of each word, and the width of them all: an arc's label must fit between neighbours. */
function columns(words, tags, arcs) {
  const wide = words.map((word, index) => Math.max(width(word, "15px"), width(tags[index], "11px"), 16));
  const middles = [];
  let x = 12;
  wide.forEach((own, index) => {
    let middle = x + own / 2;
    for (const arc of arcs.filter((one) => one.to === index && one.from === index - 1)) {
      middle = Math.max(middle, middles[index - 1] + width(arc.label, "11px") + 38);
    }
    middles.push(middle);
    x = middle + own / 2 + GAP;
  });
  return { middles, width: Math.ceil(x) };
}

function drawArc(arc, middles, ground) {
  // Arcs that leave a word to the left and to the right do not start at one point.
  const inward = arc.child > arc.head ? 1 : -1;
  const head = middles[arc.head] + 5 * inward;
  const child = middles[arc.child] - 5 * inward;
  const top = ground - arc.level * STEP;
  const bend = RADIUS * inward;
  const path = `M${head},${ground} V${top + RADIUS} Q${head},${top} ${head + bend},${top} H${child - bend} ` +
    `Q${child},${top} ${child},${top + RADIUS} V${ground - 5}`;
  const label = width(arc.label, "11px");
  const middle = (head + child) / 2;
  return [
    shape("path", { class: "arc", d: path }),
    shape("path", { class: "head", d: `M${child - 4},${ground - 7} h8 l-4,7 z` }),
    shape("rect", { class: "behind", x: middle - label / 2 - 3, y: top - 8, width: label + 6, height: 16 }),
    shape("text", { class: "label", x: middle, y: top + 4 }, arc.label),
  ];
}

/** Draw a sentence: its words, a tag for each (or ""), and `[head, label]` for each. */
export function drawTree(words, tags, dep) {
  const arcs = arcsOf(dep);
  const { middles, width: wide } = columns(words, tags, arcs);
  const levels = Math.max(1, ...arcs.map((arc) => arc.level));
  const ground = (levels + 1) * STEP + 12;
  const svg = shape("svg", { width: wide, height: ground + 46, viewBox: `0 0 ${wide} ${ground + 46}`, role: "img" });
  const said = dep.map(([head, label], i) => `${words[i]}: ${label}${head ? ` of ${words[head - 1] ?? head}` : ""}`);
  svg.append(shape("title", {}, `Dependency tree. ${said.join("; ")}.`));
  dep.forEach(([head, label], index) => {
    if (head !== 0) return;
    const x = middles[index];
    svg.append(shape("path", { class: "arc root", d: `M${x},16 V${ground - 5}` }));
    svg.append(shape("path", { class: "root-head", d: `M${x - 4},${ground - 7} h8 l-4,7 z` }));
    svg.append(shape("text", { class: "label", x, y: 11 }, label));
  });
  for (const arc of arcs) svg.append(...drawArc(arc, middles, ground));
  words.forEach((word, index) => {
    svg.append(shape("text", { class: "word", x: middles[index], y: ground + 20, lang: "tr" }, word));
    svg.append(shape("text", { class: "tag", x: middles[index], y: ground + 37 }, tags[index]));
  });
  return svg;
}
