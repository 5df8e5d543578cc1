"use strict";
// The phone page: polls the sandbox, shows conversations, and plays a resident by hand.

const POLL = 800, SHOWN = 60, CHANNELS = ["telegram", "sms", "email"];
const SHORT = { telegram: "TG", sms: "SMS", email: "@" };
const at = (id) => document.getElementById(id);
const yours = JSON.parse(document.body.dataset.yours);

let whose = { ...yours }, isMine = true, channel = CHANNELS.find((name) => name in yours) || "telegram";
let since = -1, told = -1, generation = 0, unread = {};
let entries = [];
const residents = new Map();

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
};

async function poll() {
  if (!document.hidden) {
    const mine = generation, query = new URLSearchParams({ since, told });
    for (const ref of new Set(Object.values(whose))) query.append("ref", ref);
    try {
      const response = await fetch(`/sandbox/phone/feed?${query}`);
      if (!response.ok) throw new Error(response.statusText);
      if (mine === generation) take(await response.json());
      complain("", "lost");
    } catch {
      complain("The sandbox does not answer. Is it still running?", "lost");
    }
  }
  setTimeout(poll, POLL);
}

function take(news) {
  at("time").textContent = at("small-time").textContent = news.clock.time;
  at("time").dateTime = news.clock.iso;
  at("day").textContent = news.clock.day;
  for (const node of document.querySelectorAll("[data-total]")) node.textContent = news.totals[node.dataset.total];
  const first = since < 0;
  since = told = news.last;
  if (news.entries.length || first) {
    for (const entry of news.entries) {
      const place = entry.edits ? entries.findLastIndex((old) => old.wire_ref === entry.edits && old.channel === entry.channel) : -1;
      if (place >= 0) entries[place] = { ...entry, day: entries[place].day, time: entries[place].time };
      else entries.push(entry);
      if (entry.direction === "in" && entry.channel !== channel && !first) unread[entry.channel] = (unread[entry.channel] || 0) + 1;
    }
    showTabs();
    showMessages(first);
  }
  for (const one of news.residents) residents.set(one.ref, one);
  if (news.residents.length) { showList(); showWhose(); }
}

// The list of residents -------------------------------------------------------------------------------------------

function showList(isForced = false) {
  if (at("hold").getAttribute("aria-pressed") === "true" && !isForced) return;
  const wanted = at("search").value.trim().toLocaleLowerCase(), only = at("channel").value;
  const found = [...residents.values()].filter((one) => (!only || one.channel === only) && (!wanted ||
    [one.ref, one.area, one.language_name, one.habit, one.status, one.latest].some((text) => text.toLocaleLowerCase().includes(wanted))));
  found.sort((a, b) => b.n - a.n || a.ref.localeCompare(b.ref));
  const focused = document.activeElement?.dataset?.ref;
  at("list").replaceChildren(...found.slice(0, SHOWN).map(line));
  if (focused) at("list").querySelector(`[data-ref="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  at("more").textContent = found.length > SHOWN ? `The ${SHOWN} latest of ${found.length}. Search to find others.` : found.length ? "" : "Nobody like that lives here.";
}

function line(one) {
  const button = make("button", { type: "button", "data-ref": one.ref, "aria-current": Object.values(whose).includes(one.ref) ? "true" : undefined, title: one.habit },
    make("span", { class: `face ${one.channel}`, "aria-hidden": "true" }, SHORT[one.channel]),
    make("span", { class: "name" }, one.ref, make("small", {}, `${one.area} · `, make("span", { lang: one.language }, one.language_name))),
    make("span", { class: `chip ${one.status.replace(" ", "-")}` }, one.status),
    make("span", { class: `latest ${one.direction}`, lang: one.language, dir: "auto" }, one.latest || "–"));
  button.addEventListener("click", () => look(one.ref));
  return make("li", {}, button);
}

function look(ref) {
  const one = residents.get(ref);
  isMine = Object.values(yours).includes(ref);
  whose = isMine ? { ...yours } : Object.fromEntries(one.channels.map((name) => [name, ref]));
  channel = one.channel in whose ? one.channel : Object.keys(whose)[0];
  turn();
  at("phone").scrollIntoView({ block: "nearest" });
}

function turn() {
  generation += 1; since = -1; entries = []; unread = {};
  showTabs(); showWhose(); showList(true);
  at("messages").replaceChildren();
}

function showWhose() {
  const one = residents.get(whose[channel]);
  at("whose").textContent = isMine ? "Your phone" : whose[channel];
  at("mine").hidden = isMine || !Object.keys(yours).length;
  at("about").textContent = isMine ? "You are a resident too, one on each channel. Wait for the invitation, then answer as you like."
    : one ? `${one.area} · ${one.language_name} · ${one.habit}` : "";
}

// The phone -------------------------------------------------------------------------------------------------------

function showTabs() {
  for (const name of CHANNELS) {
    const tab = at(`tab-${name}`), badge = tab.querySelector(".badge");
    tab.disabled = !(name in whose);
    tab.setAttribute("aria-selected", String(name === channel));
    tab.tabIndex = name === channel ? 0 : -1;
    badge.hidden = !unread[name];
    badge.textContent = unread[name] || "";
  }
  at("conversation").setAttribute("aria-labelledby", `tab-${channel}`);
}

function open(name) {
  channel = name; delete unread[name];
  showTabs(); showWhose(); showMessages(true);
}

let drawn = { channel: "", last: 0 };
function showMessages(isFresh) {
  const shown = entries.filter((entry) => entry.channel === channel);
  const nodes = [], days = new Set();
  const seen = isFresh ? Infinity : drawn.last;
  for (const entry of shown) {
    if (!days.has(entry.day)) { days.add(entry.day); nodes.push(entry.dayNode ||= make("div", { class: "day" }, entry.day)); }
    nodes.push(entry.node ||= message(entry, entry.n > seen));
  }
  const direction = shown.some((entry) => entry.language === "ar") ? "rtl" : "ltr";
  document.querySelector(".glass").dir = direction;
  document.querySelector(".tabs").dir = document.querySelector(".status").dir = "ltr";
  if (!nodes.length) nodes.push(make("div", { class: "empty" }, channel in whose ? "Nothing has arrived yet." : "This resident is not on this channel."));
  const box = at("conversation"), isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 120;
  const held = document.activeElement?.closest("[data-press]");
  const where = held && { press: held.dataset.press, wire: held.closest("[data-wire]")?.dataset.wire };
  place(at("messages"), nodes);
  if (where && !held.isConnected) findKey(where)?.focus({ preventScroll: true });
  if (isFresh || isAtEnd) box.scrollTop = box.scrollHeight;
  drawn = { channel, last: shown.length ? shown[shown.length - 1].n : 0 };
}

// The button that was held, or the first of its message, once the message has been edited: whoever ticks by keyboard goes on from there.
function findKey({ press, wire }) {
  const node = at("messages").querySelector(`[data-wire="${CSS.escape(wire || "")}"]`);
  return node?.querySelector(`[data-press="${CSS.escape(press)}"]`) || node?.querySelector("[data-press]");
}

// Put these nodes into a box and leave those alone that are in place, so that a screen reader reads only what is new.
function place(box, nodes) {
  const wanted = new Set(nodes);
  for (const old of [...box.children]) if (!wanted.has(old)) old.remove();
  nodes.forEach((node, i) => { if (box.children[i] !== node) box.insertBefore(node, box.children[i] || null); });
}

const SAID = { press: "", place: "📍 ", page: "answered on the page: ", unsubscribe: "unsubscribed with one click" };
function message(entry, isNew) {
  const isMail = entry.channel === "email" && entry.direction === "in";
  const bubble = make("div", { class: "bubble" });
  if (isMail && entry.subject) bubble.append(make("p", { class: "subject", dir: "auto" }, entry.subject));
  bubble.append(make("div", { class: "body", lang: entry.language, dir: "auto" }, ...linked(((SAID[entry.deed] || "") + entry.text).trim())));
  if (isMail && entry.html) bubble.append(htmlView(entry.html));
  bubble.append(make("span", { class: "stamp" }, entry.time));
  const node = make("div", { class: `message ${entry.direction} ${isMail ? "mail" : ""} ${entry.deed ? "deed" : ""} ${isNew ? "fresh" : ""}`, "data-wire": entry.edits || entry.wire_ref || undefined },
    make("span", { class: "unseen" }, entry.direction === "in" ? "The municipality: " : "The resident: "), bubble);
  if (entry.buttons?.length) {
    node.append(make("div", { class: "buttons" }, ...entry.buttons.map((button) => {
      const key = make("button", { type: "button", dir: "auto", "data-press": button.data }, button.label);
      key.addEventListener("click", () => send("press", { ref: entry.ref, n: entry.n, data: button.data }));
      return key;
    })));
  }
  if (entry.can_unsubscribe) {
    const leave = make("button", { type: "button", class: "leave" }, "Unsubscribe (as the mail program offers)");
    leave.addEventListener("click", () => send("unsubscribe", { ref: entry.ref, n: entry.n }));
    node.append(leave);
  }
  return node;
}

function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"\u2066-\u2069]+)/).map((part, i) =>
    i % 2 ? make("a", { href: part, target: "_blank", rel: "noopener" }, part) : part);
}

function htmlView(source) {
  const details = make("details", {}, make("summary", {}, "As the mail program draws it"));
  details.addEventListener("toggle", () => {
    if (details.open && !details.querySelector("iframe")) {
      details.append(make("iframe", { sandbox: "allow-popups", title: "The HTML part of this e-mail", srcdoc: source }));
    }
  }, { once: true });
  return details;
}

async function send(what, data) {
  complain("");
  try {
    const response = await fetch(`/sandbox/phone/${what}`, { method: "POST", body: JSON.stringify(data) });
    if (!response.ok) complain((await response.json()).problem);
    return response.ok;
  } catch {
    complain("The sandbox does not answer.");
    return false;
  }
}

let complaint = "";
function complain(text, kind = "sent") {
  if (text || kind === complaint || kind === "sent") { at("problem").textContent = text; complaint = text ? kind : ""; }
}

// Hands -----------------------------------------------------------------------------------------------------------

at("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = at("text").value.trim();
  if (!text || !(channel in whose)) return;
  at("text").value = "";
  if (!(await send("say", { ref: whose[channel], channel, text }))) at("text").value = text;
});
at("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); at("composer").requestSubmit(); }
});
document.querySelector(".tabs").addEventListener("click", (event) => {
  const tab = event.target.closest("[data-channel]");
  if (tab && !tab.disabled) open(tab.dataset.channel);
});
document.querySelector(".tabs").addEventListener("keydown", (event) => {
  const there = CHANNELS.filter((name) => name in whose), i = there.indexOf(channel);
  const next = { ArrowRight: there[(i + 1) % there.length], ArrowLeft: there[(i + there.length - 1) % there.length], Home: there[0], End: there[there.length - 1] }[event.key];
  if (next) { event.preventDefault(); open(next); at(`tab-${next}`).focus(); }
});
at("search").addEventListener("input", () => showList(true));
at("channel").addEventListener("change", () => showList(true));
at("hold").addEventListener("click", () => {
  const isHeld = at("hold").getAttribute("aria-pressed") !== "true";
  at("hold").setAttribute("aria-pressed", String(isHeld));
  if (!isHeld) showList(true);
});
at("mine").addEventListener("click", () => {
  isMine = true; whose = { ...yours }; channel = CHANNELS.find((name) => name in yours);
  turn(); at("phone").focus();
});

showTabs(); showWhose();
poll();
