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
  throw new Error(problem.detail ?? `The service answered ${answer.status}.`);
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
  if (!text.trim()) return complain("Type or paste a text first.");
  if (models.length === 0) return complain("Choose at least one of the models.");
  complain("");
  running = new AbortController();
  const { signal } = running;
  page.status.textContent = "Analysing …";
  page.run.disabled = true;
  try {
    const { sentences } = await (await ask("v1/split", { text }, signal)).json();
    const annotated = await (await ask("v1/annotate", { text: sentences, models }, signal)).json();
    latest = { request: { text: sentences, models }, annotated };
    show(annotated);
    history.replaceState(null, "", link(text, models));
  } catch (error) {
    if (error.name === "AbortError") return;
    page.status.textContent = "";
    complain(error.message);
  } finally {
    if (running.signal === signal) page.run.disabled = false;
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
    const answer = await ask("v1/annotate", { ...latest.request, format: "conllu" });
    await copy(await answer.text(), "CoNLL-U");
  } catch (error) {
    complain(error.message);
  }
}

function count() {
  const length = Array.from(page.text.value).length;
  page.count.textContent = `${length.toLocaleString("en")} character${length === 1 ? "" : "s"}`;
}

async function start() {
  page.example.append(...EXAMPLES.map((text) => element("option", { value: text, lang: "tr" }, text.slice(0, 40))));
  const given = new URLSearchParams(location.hash.slice(1));
  page.text.value = given.get("text") ?? "";
  count();
  try {
    const { version, tasks } = await (await ask("v1/models")).json();
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
window.addEventListener("hashchange", () => location.reload());
start();
