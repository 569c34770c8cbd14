/* A log written on a phone: one more contact, and a draft on the device that outlives a lost connection. Works without. */
"use strict";

(() => {
  const PREFIX = "zhanye:draft:";
  const KEPT = 7 * 24 * 3600 * 1000;
  const store = (() => { try { localStorage.setItem(PREFIX, "1"); localStorage.removeItem(PREFIX); return localStorage; } catch { return null; } })();
  const keys = () => Object.keys(store).filter((key) => key.startsWith(PREFIX));

  /* What was handed in, or is a week old, doesn't stay on the device. */
  if (store) {
    const sent = document.querySelector("[data-draft-sent]")?.dataset.draftSent;
    for (const key of keys()) {
      let at = 0;
      try { at = JSON.parse(store.getItem(key)).at; } catch { /* unreadable: goes */ }
      if ((sent && key.startsWith(PREFIX + sent)) || !(Date.now() - at < KEPT)) store.removeItem(key);
    }
  }

  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const rows = form.querySelector("[data-rows]");
  const template = form.querySelector("[data-row-template]");
  const more = form.querySelector("[data-row-add]");
  const total = form.querySelector(`[name=${rows.dataset.rows}-TOTAL_FORMS]`);
  const most = Number(form.querySelector(`[name=${rows.dataset.rows}-MAX_NUM_FORMS]`).value);

  const addRow = () => {
    const number = Number(total.value);
    if (number >= most) return;
    const holder = document.createElement("template");
    holder.innerHTML = template.innerHTML.replaceAll("__prefix__", String(number));
    holder.content.querySelector("[data-row-number]").textContent = String(number + 1);
    rows.append(holder.content);
    total.value = String(number + 1);
    more.hidden = number + 1 >= most;
  };
  more.hidden = Number(total.value) >= most;
  more.addEventListener("click", () => { addRow(); rows.lastElementChild.querySelector("input")?.focus(); });

  if (!store) return;
  const key = PREFIX + form.dataset.draft;
  const own = (field) => field.name && !["csrfmiddlewaretoken", "once"].includes(field.name) && field.type !== "submit";
  const read = () => Object.fromEntries(Array.from(form.elements).filter(own).map((field) => [field.name, field.value]));
  const write = (values) => {
    while (Number(total.value) < Number(values[total.name] ?? 0) && Number(total.value) < most) addRow();
    for (const field of Array.from(form.elements).filter(own)) {
      if (field !== total && field.type !== "hidden" && field.name in values) field.value = values[field.name];
    }
  };

  const note = form.querySelector("[data-draft-note]");
  const kept = store.getItem(key);
  if (kept && form.dataset.draftRestore !== undefined) {
    try { write(JSON.parse(kept).values); note.hidden = false; } catch { store.removeItem(key); }
  }
  form.querySelector("[data-draft-drop]").addEventListener("click", () => { store.removeItem(key); location.assign(location.href); });
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { try { store.setItem(key, JSON.stringify({ at: Date.now(), values: read() })); } catch { /* full: no draft */ } }, 300);
  });
})();
