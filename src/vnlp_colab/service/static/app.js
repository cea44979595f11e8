// The page: reads the form, asks the service, shows the answer. All requests go to where the page came from.

import { element, shown } from "./sentence.js";

const EXAMPLES = [
  "Ayşe dün İstanbul'da yeni bir kitap aldı.",
  "Mustafa Kemal Atatürk 1881 yılında Selanik'te doğdu.",
  "Yağmur yağınca Boğaz'da vapurlar durdu, biz de Kadıköy'de kaldık. Neyse ki çay güzeldi.",
  "Türkiye Büyük Millet Meclisi 23 Nisan 1920'de Ankara'da açıldı.",
];
const TASKS = {
  pos: "Parts of speech", feats: "Features", lemma: "Lemmas", ner: "Entities", dep: "Tree", stemmer: "Analyses",
  sentiment: "Sentiment",
};
const page = Object.fromEntries(Array.from(document.querySelectorAll("[id]"), (found) => [found.id, found]));
let running = null;
let latest = null;
let limits = { texts: Infinity, characters: Infinity };

/** Ask the service; what it refuses becomes an error that says why. */
async function ask(path, body, signal) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(path, { ...options, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The service does not answer. Is it running, and are you online?");
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Error(inWords(problem.detail ?? `The service answered ${answer.status}.`));
}

/** What the service says of a body, said of what is on the page. */
function inWords(detail) {
  const long = /^body\.text\.\d+: ([^;]*);/.exec(detail);
  return long ? `A sentence is too long (${long[1]}): shorten it.` : detail;
}

/** Annotate sentences, as many at once as the service takes; `take` is called with each answer. */
async function annotate(body, take, signal) {
  const { text: sentences } = body;
  for (let start = 0; start < Math.max(1, sentences.length); start += limits.texts) {
    if (start > 0) page.status.textContent = `Analysing … ${start} of ${sentences.length} sentences.`;
    const part = { ...body, text: sentences.slice(start, start + limits.texts) };
    await take(await ask("v1/annotate", part, signal), start);
  }
}

function complain(message) {
  page.problem.textContent = message;
  page.problem.hidden = !message;
}

function chosenModels() {
  const found = [];
  for (const box of page.models.querySelectorAll("input:checked")) {
    const model = page.models.querySelector(`select[data-task="${box.value}"]`);
    found.push(model ? `${box.value}:${model.value}` : box.value);
  }
  return found;
}

function addTask(task, models, wanted) {
  const asked = wanted?.map((name) => name.split(":")).find(([named]) => named === task);
  const box = element("input", { type: "checkbox", value: task });
  box.checked = wanted === null || asked !== undefined;
  page.models.append(element("label", {}, box, TASKS[task] ?? task));
  if (models.length > 1) {
    const choice = element("select", { "data-task": task, "aria-label": `Model: ${TASKS[task] ?? task}` });
    choice.append(...models.map((name) => element("option", { value: name }, name)));
    if (models.includes(asked?.[1])) choice.value = asked[1];
    page.models.append(choice);
  }
}

function show(annotated) {
  const found = annotated.sentences;
  page.sentences.replaceChildren(...found.map((sentence, index) => shown(sentence, index + 1, found.length)));
  page.results.hidden = false;
  page.copied.hidden = true;
  const tokens = found.reduce((sum, sentence) => sum + sentence.tokens.length, 0);
  page.status.textContent = `${found.length} sentence${found.length === 1 ? "" : "s"}, ${tokens} tokens.`;
}

/** The address that shows this page with this text: the part after # is not sent to any server. */
function link(text, models) {
  const parameters = new URLSearchParams({ text, models: models.join(",") });
  return `${location.href.split("#")[0]}#${parameters}`;
}

async function analyse() {
  running?.abort();
  const text = page.text.value;
  const models = chosenModels();
  page.results.hidden = true;
  latest = null;
  page.status.textContent = "";
  page.run.removeAttribute("aria-disabled");
  if (!text.trim()) return complain("Type or paste a text first.");
  if (tooLong()) {
    const most = number(limits.characters);
    return complain(`The text has ${tally(characters())}, and this service takes ${most} at once: shorten it.`);
  }
  if (models.length === 0) return complain("Choose at least one of the models.");
  complain("");
  running = new AbortController();
  const { signal } = running;
  page.status.textContent = "Analysing …";
  page.run.setAttribute("aria-disabled", "true"); // a disabled button would lose the focus
  try {
    const { sentences } = await (await ask("v1/split", { text }, signal)).json();
    const annotated = { models: {}, sentences: [] };
    await annotate({ text: sentences, models }, async (answer) => {
      const found = await answer.json();
      annotated.models = found.models;
      annotated.sentences.push(...found.sentences);
    }, signal);
    latest = { request: { text: sentences, models }, annotated };
    show(annotated);
    history.replaceState(null, "", link(text, models));
  } catch (error) {
    if (error.name === "AbortError") return;
    page.status.textContent = "";
    complain(error.message);
  } finally {
    if (running.signal === signal) page.run.removeAttribute("aria-disabled");
  }
}

/** Copy a text; where the browser forbids it, as on plain HTTP, show it selected. */
async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    page.status.textContent = `${what} copied.`;
  } catch {
    page.copied.hidden = false;
    page.copied.value = text;
    page.copied.focus();
    page.copied.select();
    page.status.textContent = `${what} is in the box below: copy it from there.`;
  }
}

async function copyConllu() {
  try {
    let conllu = "";
    await annotate({ ...latest.request, format: "conllu" }, async (answer, start) => {
      // The service numbers the sentences of each request.
      conllu += (await answer.text()).replace(/^# sent_id = (\d+)$/gm, (_, own) => `# sent_id = ${start + Number(own)}`);
    });
    await copy(conllu, "CoNLL-U");
  } catch (error) {
    complain(error.message);
  }
}

const number = (value) => value.toLocaleString("en");
const characters = () => Array.from(page.text.value).length;
const tally = (length) => `${number(length)} character${length === 1 ? "" : "s"}`;
const tooLong = () => characters() > limits.characters;

function count() {
  const most = Number.isFinite(limits.characters) ? ` of ${number(limits.characters)}` : "";
  page.count.textContent = `${tally(characters())}${most}`;
}

async function start() {
  page.example.append(...EXAMPLES.map((text) => element("option", { value: text, lang: "tr" }, text.slice(0, 40))));
  const given = new URLSearchParams(location.hash.slice(1));
  page.text.value = given.get("text") ?? "";
  count();
  try {
    const { version, tasks, limits: told } = await (await ask("v1/models")).json();
    limits = told;
    count();
    const order = Object.keys(TASKS).filter((task) => tasks[task]);
    const wanted = given.get("models")?.split(",") ?? null;
    for (const task of order) addTask(task, tasks[task], wanted);
    page.version.textContent = `vnlp-colab ${version}`;
  } catch (error) {
    return complain(error.message);
  }
  if (page.text.value) analyse();
}

page.form.addEventListener("submit", (event) => {
  event.preventDefault();
  analyse();
});
page.text.addEventListener("input", count);
page.text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) analyse();
});
page.example.addEventListener("change", () => {
  if (!page.example.value) return;
  page.text.value = page.example.value;
  page.example.value = "";
  count();
  analyse();
});
page["copy-conllu"].addEventListener("click", copyConllu);
page["copy-json"].addEventListener("click", () => copy(JSON.stringify(latest.annotated, null, 2), "JSON"));
page["copy-link"].addEventListener("click", () => copy(location.href, "The link"));
page.skip.addEventListener("click", (event) => {
  event.preventDefault(); // what stands behind # is the text
  (page.results.hidden ? page.text : page.results).focus();
});
window.addEventListener("hashchange", () => {
  if (new URLSearchParams(location.hash.slice(1)).has("text")) location.reload();
});
start();
