// Shows one annotated sentence, as the service's JSON has it.

import { drawTree } from "./tree.js";

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Offsets are in characters as Unicode counts them; JavaScript's strings count emoji twice. */
function words(sentence, characters) {
  return sentence.spans.map(([start, end]) => characters.slice(start, end).join(""));
}

function highlighted(sentence, characters) {
  const shown = element("p", { class: "text", lang: "tr" });
  let done = 0;
  for (const entity of sentence.entities ?? []) {
    shown.append(characters.slice(done, entity.start_char).join(""));
    const text = characters.slice(entity.start_char, entity.end_char).join("");
    shown.append(element("mark", { "data-label": entity.label }, text, element("small", {}, entity.label)));
    done = entity.end_char;
  }
  shown.append(characters.slice(done).join(""));
  return shown;
}

function sentiment(probability) {
  const share = `${Math.round(probability * 100)}% positive`;
  const meter = element("meter", { min: 0, max: 1, value: probability, "aria-label": "Sentiment" }, share);
  return element("p", { class: "sentiment" }, "Sentiment", meter, share);
}

function chips(feats) {
  const parts = feats === "_" ? [] : feats.split("|");
  return element("span", { class: "chips" }, ...parts.map((part) => element("span", {}, part)));
}

/** An analysis, which may be broken before a tag; what is copied has no blank there. */
function broken(analysis) {
  const parts = analysis.split(/(?<=\+)(?=.)/u);
  const tags = parts.slice(1).flatMap((part) => [element("wbr"), part]);
  return element("span", { class: "analysis" }, ...parts.slice(0, 1), ...tags);
}

function table(sentence, forms) {
  const plain = (values) => (index) => element("span", {}, String(values[index] ?? ""));
  const all = [
    ["#", "number", (index) => element("span", {}, String(index + 1))],
    ["Token", "token", plain(forms)],
    ["Lemma", "", sentence.lemma && plain(sentence.lemma)],
    ["UPOS", "", sentence.pos && plain(sentence.pos)],
    ["Features", "", sentence.feats && ((index) => chips(sentence.feats[index]))],
    ["Entity", "", sentence.ner && plain(sentence.ner.map((label) => (label === "O" ? "" : label)))],
    ["Head", "", sentence.dep && plain(sentence.dep.map(([head]) => (head ? `${head} ${forms[head - 1] ?? ""}` : "0")))],
    ["Relation", "", sentence.dep && plain(sentence.dep.map(([, label]) => label))],
    ["Analysis", "", sentence.morph && ((index) => broken(sentence.morph[index]))],
  ].filter(([, , cell]) => cell);
  const header = element("tr", {}, ...all.map(([name]) => element("th", { scope: "col" }, name)));
  const rows = forms.map((_, index) => {
    const cells = all.map(([name, kind, cell]) => {
      const made = cell(index);
      return element("td", { class: kind, "data-name": made.textContent ? name : "", "data-number": index + 1 }, made);
    });
    return element("tr", { lang: "tr" }, ...cells);
  });
  return element("table", {}, element("thead", {}, header), element("tbody", {}, ...rows));
}

/** Return what shows a sentence. */
export function shown(sentence, number, total) {
  const characters = Array.from(sentence.text);
  const forms = words(sentence, characters);
  const made = element("article", {});
  if (total > 1) made.append(element("h2", {}, `Sentence ${number} of ${total}`));
  made.append(highlighted(sentence, characters));
  if (sentence.sentiment != null) made.append(sentiment(sentence.sentiment));
  if (sentence.dep && forms.length > 0) {
    const tags = sentence.pos ?? forms.map(() => "");
    const scrolls = element("div", { class: "tree", tabindex: 0, role: "region", "aria-label": "Dependency tree" });
    scrolls.append(drawTree(forms, tags, sentence.dep));
    made.append(scrolls);
  }
  if (forms.length > 0) made.append(element("div", { class: "table" }, table(sentence, forms)));
  return made;
}
