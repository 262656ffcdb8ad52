"use strict";
// The newest snapshot, once a second. Texts of the machine are only ever set as text, never as markup.
const at = (id) => document.getElementById(id);
let token = sessionStorage.getItem("token") || "";
let etag = "";
let timer = 0;

const show = (value, unit, digits = 1) => (value === null || value === undefined ? "…" : value.toFixed(digits) + " " + unit);
const gib = (bytes) => (bytes === null || bytes === undefined ? "…" : (bytes / 1073741824).toFixed(2) + " GiB");

function cell(text, number) {
  const made = document.createElement("td");
  made.textContent = text;
  if (number) made.className = "number";
  return made;
}

function fill(list, name, rows) {
  list.replaceChildren(...rows.map((cells) => {
    const made = document.createElement(name);
    made.append(...cells);
    return made;
  }));
}

function draw(frame) {
  at("host").textContent = frame.host.name || "tuimon";
  document.title = `${frame.host.name} - tuimon`;
  const figures = [
    ["CPU", show(frame.cpu.busy_percent, "%")],
    ["load", [frame.load.load1, frame.load.load5, frame.load.load15].map((one) => show(one, "", 2)).join(" ")],
    ["memory", `${gib(frame.memory.used_bytes)} of ${gib(frame.memory.total_bytes)}, ${show(frame.memory.used_percent, "%")}`],
    ...frame.filesystem.map((one) => [one.device, show(one.used_percent, "% used")]),
  ];
  at("figures").replaceChildren(...figures.flatMap(([name, value]) => {
    const term = document.createElement("dt");
    const said = document.createElement("dd");
    term.textContent = name;
    said.textContent = value;
    return [term, said];
  }));
  const busiest = [...frame.processes].sort((a, b) => (b.cpu_percent || 0) - (a.cpu_percent || 0)).slice(0, 10);
  fill(at("busiest"), "tr", busiest.map((one) => [
    cell(one.pid, true), cell(one.name), cell(one.user),
    cell(one.cpu_percent === null ? "…" : one.cpu_percent.toFixed(1), true), cell((one.rss_bytes / 1048576).toFixed(0), true),
  ]));
  const firing = frame.alerts.map((one) => `${one.severity}: ${one.rule} ${one.series.device} ${show(one.value, "")}`);
  fill(at("alerts"), "li", (firing.length ? firing : ["none fire"]).map((text) => [document.createTextNode(text)]));
}

function say(text, bad) {
  at("said").textContent = text;
  at("said").className = bad ? "bad" : "";
}

async function ask() {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  if (etag) headers["if-none-match"] = etag;
  try {
    const answer = await fetch("/api/v1/metrics/current", { headers });
    if (answer.status === 200) {
      etag = answer.headers.get("etag") || "";
      const frame = await answer.json();
      draw(frame);
      say(`live, ${new Date(frame.time * 1000).toISOString()}`);
    } else if (answer.status !== 304) {
      say((await answer.json()).detail, true);
    }
    at("now").hidden = answer.status !== 200 && answer.status !== 304;
    at("ask").hidden = answer.status !== 401;
  } catch {
    say("STALE: no answer", true);
  }
  timer = setTimeout(ask, 1000);
}

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  token = at("token").value.trim();
  sessionStorage.setItem("token", token);
  clearTimeout(timer);
  ask();
});
ask();
