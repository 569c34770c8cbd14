/* Small helps on top of pages that work without them. No inline code anywhere: hooks are data- attributes. */
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("js");

  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

  /* ---- htmx: the token on every write ---- */
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = meta("csrf-token");
  });

  /* A partial update that fails says so; what stood there stays. */
  const complain = (words) => {
    const place = document.getElementById("page-messages");
    if (!place) return;
    const line = document.createElement("div");
    line.className = "note note-error";
    line.setAttribute("role", "alert");
    line.textContent = words;
    place.replaceChildren(line);
  };
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    complain(status === 403 ? "您没有这项权限,或登录已过期,请刷新页面后再试。" : `这一部分没有更新成功(${status}),请刷新页面后再试。`);
  });
  document.addEventListener("htmx:sendError", () => complain("网络不通,这一部分没有更新。请检查网络后刷新页面。"));

  /* ---- a dangerous act is confirmed by its object and its effect ---- */
  let ask = null;
  const askBox = () => {
    if (ask) return ask;
    ask = document.createElement("dialog");
    ask.className = "ask";
    ask.setAttribute("aria-labelledby", "ask-title");
    ask.setAttribute("aria-describedby", "ask-text");
    ask.innerHTML = '<div class="ask-body"><h2 id="ask-title"></h2><p id="ask-text"></p></div>' +
      '<div class="ask-foot"><button type="button" class="btn" value="no">取消</button><button type="button" class="btn btn-primary" value="yes"></button></div>';
    document.body.append(ask);
    return ask;
  };
  const confirmed = (asker) => new Promise((resolve) => {
    const box = askBox();
    const [no, yes] = all("button", box);
    box.querySelector("h2").textContent = asker.dataset.confirmTitle;
    box.querySelector("p").textContent = asker.dataset.confirmText || "";
    yes.textContent = asker.dataset.confirmVerb || asker.textContent.trim() || "确认";
    yes.className = asker.dataset.confirmDanger === undefined ? "btn btn-primary" : "btn btn-danger";
    let answer = false;
    yes.onclick = () => { answer = true; box.close(); };
    no.onclick = () => box.close();
    box.addEventListener("close", () => resolve(answer), { once: true });
    box.showModal();
    no.focus();
  });

  const askerOf = (form, submitter) => {
    if (submitter?.dataset.confirmTitle) return submitter;
    return form.dataset.confirmTitle ? form : null;
  };

  /* ---- no form is sent twice ---- */
  const busy = new WeakSet();
  const hold = (form) => {
    busy.add(form);
    form.classList.add("busy");
    form.setAttribute("aria-busy", "true");
    // The pressed button's value must still travel, so buttons are disabled after the form has been read.
    setTimeout(() => all("button[type=submit], button:not([type])", form).forEach((b) => { b.disabled = true; }), 0);
  };
  const release = (form) => {
    busy.delete(form);
    form.classList.remove("busy");
    form.removeAttribute("aria-busy");
    all("button[type=submit], button:not([type])", form).forEach((b) => { b.disabled = false; });
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method === "dialog") return;
    if (busy.has(form)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    const wanted = document.querySelector(event.submitter?.dataset.needs || null);
    if (wanted && !wanted.value.trim()) {
      event.preventDefault();
      event.stopImmediatePropagation();
      wanted.setCustomValidity(event.submitter.dataset.needsText || "请先写明意见");
      wanted.addEventListener("input", () => wanted.setCustomValidity(""), { once: true });
      wanted.reportValidity();
      return;
    }
    const asker = askerOf(form, event.submitter);
    if (asker && form.dataset.confirmed === undefined) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      confirmed(asker).then((yes) => {
        if (!yes) return;
        form.dataset.confirmed = "";
        try { form.requestSubmit(submitter); } finally { delete form.dataset.confirmed; }
      });
      return;
    }
    if (form.method === "post" && form.dataset.resubmit === undefined && !form.matches("[hx-post]")) hold(form);
  }, true);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) all("form[aria-busy]").forEach((form) => { release(form); form.dataset.sent = ""; });
  });
  // Sent, gone back to and changed: that is a new intent, so it gets a token of its own. Unchanged, it stays the same sending.
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.dataset.sent === undefined) return;
    const token = form.querySelector("input[name=once]");
    if (token) token.value = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    delete form.dataset.sent;
  });

  /* htmx asks in the same words. */
  document.addEventListener("htmx:confirm", (event) => {
    const asker = event.detail.elt.closest("[data-confirm-title]");
    if (!asker || event.detail.elt.matches("form")) return;
    event.preventDefault();
    confirmed(asker).then((yes) => { if (yes) event.detail.issueRequest(true); });
  });

  /* ---- clicks ---- */
  const fill = (chip) => {
    const box = document.querySelector(chip.dataset.fill);
    if (!box) return;
    const text = chip.dataset.fillText || chip.textContent.trim();
    if (!box.value.includes(text)) box.value = box.value.trim() ? `${box.value.trim()} ${text}` : text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  };
  const reveal = (button) => {
    const input = document.querySelector(button.dataset.reveal);
    if (!input) return;
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
    button.setAttribute("aria-label", shown ? "显示密码" : "隐藏密码");
  };
  const menu = document.getElementById("menu");
  const showMenu = (open) => {
    menu?.classList.toggle("open", open);
    if (open) menu.querySelector("a")?.focus();
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const on = (selector) => target.closest(selector);
    let found;
    if ((found = on("[data-fill]"))) fill(found);
    else if ((found = on("[data-reveal]"))) reveal(found);
    else if (on("[data-print]")) window.print();
    else if ((found = on("[data-copy]"))) navigator.clipboard?.writeText(found.dataset.copy);
    else if ((found = on('a[href="#menu"]'))) { event.preventDefault(); showMenu(!menu?.classList.contains("open")); }
    else if (on("[data-close-menu]")) { event.preventDefault(); showMenu(false); }
    else if (menu?.classList.contains("open") && !menu.contains(target)) showMenu(false);
    // one open pop-up at a time
    all("details.masked[open], details.more[open]").forEach((d) => { if (!d.contains(target)) d.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    showMenu(false);
    all("details.masked[open], details.more[open]").forEach((d) => { d.open = false; d.querySelector("summary")?.focus(); });
  });

  /* ---- changes: selecting rows, lists that submit themselves ---- */
  const count = (form) => {
    const rows = all("[data-select-row]", form);
    const chosen = rows.filter((box) => box.checked);
    const whole = form.querySelector("[data-select-all]");
    if (whole) {
      whole.checked = rows.length > 0 && chosen.length === rows.length;
      whole.indeterminate = chosen.length > 0 && chosen.length < rows.length;
    }
    rows.forEach((box) => box.closest("tr")?.classList.toggle("picked", box.checked));
    all("[data-select-count]", form).forEach((place) => { place.textContent = `已选 ${chosen.length} 项`; });
    all("[data-select-needs]", form).forEach((button) => { button.disabled = chosen.length === 0; });
  };
  document.addEventListener("change", (event) => {
    const box = event.target;
    const form = box.closest?.("[data-select]");
    if (form && box.matches("[data-select-all]")) all("[data-select-row]", form).forEach((row) => { row.checked = box.checked; });
    if (form) count(form);
    if (box.matches?.("[data-autosubmit]")) box.form?.requestSubmit();
    const drop = box.closest?.(".drop");
    if (drop && box.type === "file") {
      const names = Array.from(box.files, (file) => `${file.name}(${Math.max(1, Math.round(file.size / 1024))} KB)`);
      const list = drop.querySelector("ul");
      list?.replaceChildren(...names.map((name) => Object.assign(document.createElement("li"), { textContent: name })));
    }
  });

  const dropped = (drop) => {
    const input = drop.querySelector("input[type=file]");
    if (!input) return;
    const over = (on) => (event) => { event.preventDefault(); drop.classList.toggle("over", on); };
    drop.addEventListener("dragover", over(true));
    drop.addEventListener("dragleave", over(false));
    drop.addEventListener("drop", (event) => {
      over(false)(event);
      if (event.dataTransfer?.files.length) {
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
  };

  /* ---- 查询 bar: 展开 / 收起 ---- */
  const foldable = (bar) => {
    const phone = window.matchMedia("(max-width: 640px)").matches;
    const extras = phone ? all(".query-item", bar).slice(1) : all(".query-extra", bar);
    const button = bar.querySelector("[data-fold]");
    if (!extras.length || !button) return;
    const set = (folded) => {
      bar.classList.toggle("folded", folded);
      button.setAttribute("aria-expanded", String(!folded));
      button.textContent = folded ? "展开" : "收起";
    };
    button.hidden = false;
    button.addEventListener("click", () => set(!bar.classList.contains("folded")));
    set(!extras.some((item) => all("input, select", item).some((input) => input.type === "checkbox" ? input.checked : input.value)));
  };

  /* ---- charts: the library comes only where there is one ---- */
  const PALETTE = ["#1f4e8c", "#7d93ad", "#b96a0a", "#17623a", "#8a94a1", "#a3221b"];
  const draw = (place) => {
    const source = document.getElementById(place.dataset.chart);
    if (!source || place.dataset.drawn !== undefined) return;
    place.dataset.drawn = "";
    const option = JSON.parse(source.textContent);
    const chart = window.echarts.init(place, null, { locale: "ZH", renderer: "canvas" });
    const family = getComputedStyle(document.body).fontFamily;
    chart.setOption({
      color: PALETTE, animation: false, aria: { enabled: true }, textStyle: { fontFamily: family },
      grid: { left: 8, right: 16, top: 24, bottom: 4, containLabel: true }, ...option,
    });
    new ResizeObserver(() => chart.resize()).observe(place);
  };
  const charts = () => {
    const places = all("[data-chart]");
    if (!places.length) return;
    if (window.echarts) { places.forEach(draw); return; }
    if (document.querySelector("script[data-echarts]")) return;
    const script = document.createElement("script");
    script.src = meta("echarts-src");
    script.dataset.echarts = "";
    script.addEventListener("load", () => all("[data-chart]").forEach(draw));
    document.head.append(script);
  };

  /* A table that scrolls sideways can be scrolled by the keyboard, and says what it is. */
  const scrollable = (wrap) => {
    const scrolls = wrap.scrollWidth > wrap.clientWidth + 1 || wrap.scrollHeight > wrap.clientHeight + 1;
    if (!scrolls || getComputedStyle(wrap).overflowX === "visible" || wrap.hasAttribute("tabindex")) return;
    const head = wrap.closest("section, .panel")?.querySelector("h2, h3") ?? document.querySelector("h1");
    wrap.tabIndex = 0;
    wrap.setAttribute("role", "region");
    if (!wrap.hasAttribute("aria-label")) wrap.setAttribute("aria-label", head?.textContent.trim() || "表格");
  };
  /* ---- how much waits behind each place of the menu: asked for once the page stands; without an answer no number is shown ---- */
  const menuCounts = async () => {
    const address = document.querySelector("[data-counts]")?.dataset.counts;
    if (!address || !document.querySelector("[data-count]")) return;
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const counts = await answer.json();
    all("[data-count]").forEach((place) => {
      const number = counts[place.dataset.count];
      place.replaceChildren(...(number ? [spoken(place.dataset.countWords), number] : []));
    });
  };
  const spoken = (words = "") => {
    const text = document.createElement("span");
    text.className = "visually-hidden";
    text.textContent = words;
    return text;
  };
  window.addEventListener("pageshow", menuCounts);

  window.addEventListener("resize", () => all(".table-wrap").forEach(scrollable));

  const ready = (within) => {
    all(".table-wrap", within).forEach(scrollable);
    all(".query-bar", within).forEach(foldable);
    all("[data-select]", within).forEach(count);
    all(".drop", within).forEach(dropped);
    charts();
  };
  ready(document);
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) ready(event.detail.elt); });
})();
