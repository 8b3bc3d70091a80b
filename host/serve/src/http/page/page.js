"use strict";

const TICK = 1000;
const at = (id) => document.getElementById(id);
let token = "";
let before = { time: 0, frames: new Map() };

// Asks the server; a sentence of the protocol becomes an error.
async function ask(path, options = {}) {
  const headers = { ...options.headers, ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(path, { ...options, headers });
  if (response.status === 401) at("token-field").hidden = false;
  const body = await response.json();
  if (!response.ok) throw new Error(body.error ?? `the server answered with ${response.status}`);
  return body;
}

function row(...cells) {
  const line = document.createElement("tr");
  for (const [content, kind] of cells) {
    const cell = document.createElement("td");
    cell.append(content);
    if (kind) cell.className = kind;
    line.append(cell);
  }
  return line;
}

function say(text, isWrong = false) {
  at("said").textContent = text;
  at("said").className = isWrong ? "wrong" : "";
}

function show(answer, milliseconds) {
  const output = Object.fromEntries(answer.outputs.map(({ name, data }) => [name, data]));
  const lines = output.class_ids.map((number, i) => {
    const probability = output.probabilities[number];
    const bar = document.createElement("meter");
    bar.value = probability;
    bar.textContent = "";
    bar.setAttribute("aria-label", output.labels[i]);
    return row([output.labels[i]], [`${(100 * probability).toFixed(2)} %`, "number"], [bar]);
  });
  at("answer").tBodies[0].replaceChildren(...lines);
  at("answer").hidden = false;
  say(`${answer.model_name}, version ${answer.model_version}, in ${milliseconds.toFixed(0)} ms`);
}

async function classify(file) {
  at("answer").hidden = true;
  URL.revokeObjectURL(at("image").src);
  at("image").src = URL.createObjectURL(file);
  at("image").hidden = false;
  at("image").alt = file.name;
  at("hint").textContent = file.name;
  say("Classifying");
  const begun = performance.now();
  try {
    const path = `v2/models/${encodeURIComponent(at("model").value)}/infer`;
    const answer = await ask(path, { method: "POST", body: file, headers: { "inference-header-content-length": "0" } });
    show(answer, performance.now() - begun);
  } catch (error) {
    say(error.message, true);
  }
  await look().catch(() => {});
}

// What the devices are doing, and what they did since the last look.
async function look() {
  const state = await ask("devices");
  const models = [...new Set(state.models.map(({ model }) => model))];
  const listed = [...at("model").options].map(({ value }) => value);
  if (models.join() !== listed.join()) at("model").replaceChildren(...models.map((name) => new Option(name)));
  const now = { time: performance.now(), frames: new Map() };
  const lines = state.models.flatMap(({ model, version, under_way, capacity, devices }) =>
    devices.map(({ name, frames, busy_seconds, failure }) => {
      const key = `${model}/${version}/${name}`;
      now.frames.set(key, frames);
      const rate = (1000 * (frames - (before.frames.get(key) ?? frames))) / (now.time - before.time);
      const device = failure ? `${name}: ${failure}` : name;
      return row([`${model}, version ${version}`], [device, failure ? "wrong" : ""], [`${frames}`, "number"], [rate.toFixed(1), "number"],
        [`${busy_seconds.toFixed(1)} s`, "number"], [`${under_way} of ${capacity}`, "number"]);
    }));
  at("devices").tBodies[0].replaceChildren(...lines);
  before = now;
}

async function keepLooking() {
  try {
    if (!document.hidden) await look();
  } catch (error) {
    if (at("token-field").hidden || token) say(error.message, true);
    else say("This server asks for a token.");
  }
  setTimeout(keepLooking, TICK);
}

at("file").addEventListener("change", () => at("file").files[0] && classify(at("file").files[0]));
at("token").addEventListener("change", () => { token = at("token").value; say(""); look().catch((error) => say(error.message, true)); });
for (const kind of ["dragenter", "dragover"]) {
  at("drop").addEventListener(kind, (event) => { event.preventDefault(); at("drop").classList.add("over"); });
}
for (const kind of ["dragleave", "drop"]) at("drop").addEventListener(kind, () => at("drop").classList.remove("over"));
at("drop").addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer.files[0];
  if (file) classify(file);
});
keepLooking();
