"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, from) => [...(from || document).querySelectorAll(selector)];
  const number = (n) => n.toLocaleString("en");

  // Dark and light: the system decides until somebody presses the button.
  const theme = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const tell = () => { theme.textContent = isDark() ? "Light mode" : "Dark mode"; };
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    tell();
  });
  system.addEventListener("change", tell);
  tell();

  // Sorting. Rows that are equal keep their order.
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.v !== undefined ? cell.dataset.v : cell.textContent.trim();
    const plain = text.replace(/,/g, "");
    return plain !== "" && !isNaN(plain) ? Number(plain) : text.toLowerCase();
  };
  const compare = (a, b) => {
    if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
    return typeof a === "number" ? -1 : 1;
  };
  for (const table of all("table.sorted")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent.trim();
      head.replaceChildren(button);
      // What the page says is in order already.
      if (!head.hasAttribute("aria-sort")) head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const was = head.getAttribute("aria-sort");
        // Numbers are asked for with the largest first; ranks and words are not.
        const first = head.classList.contains("n") && column > 0 ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const now = was === first ? other : first;
        heads.forEach((h) => h.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", now);
        const sign = now === "ascending" ? 1 : -1;
        const body = table.tBodies[0];
        const rows = [...body.rows].map((row) => [valueOf(row, column), row]);
        rows.sort((a, b) => sign * compare(a[0], b[0]));
        body.append(...rows.map((pair) => pair[1]));
      });
    });
  }

  // Filtering of tables: by words, and by the values of columns that offer a choice.
  for (const table of all("table.filtered")) {
    const rows = [...table.tBodies[0].rows];
    if (rows.length < 8) continue;
    const box = document.createElement("div");
    box.className = "filterbox";
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "search";
    input.autocomplete = "off";
    label.append("Filter ", input);
    const output = document.createElement("output");
    output.setAttribute("aria-live", "polite");
    input.setAttribute("aria-label", "Filter: " + table.caption.textContent);
    const choices = all("th[data-choose]", table.tHead).map((head) => {
      const keysOf = (row) => {
        const cell = row.cells[head.cellIndex];
        return (cell.dataset.k || cell.textContent.trim()).split("|");
      };
      const select = document.createElement("select");
      select.append(new Option("all", ""));
      for (const key of [...new Set(rows.flatMap(keysOf))].sort()) select.append(new Option(key, key));
      const name = document.createElement("label");
      name.append(head.textContent.trim() + " ", select);
      return { name, select, fits: (row) => !select.value || keysOf(row).includes(select.value) };
    });
    box.append(label, ...choices.map(({ name }) => name), output);
    table.parentElement.before(box);
    const texts = new Map();
    const textOf = (row) => {
      if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
      return texts.get(row);
    };
    const apply = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const active = choices.filter(({ select }) => select.value);
      let shown = 0;
      for (const row of rows) {
        const fits = active.every((choice) => choice.fits(row)) && words.every((word) => textOf(row).includes(word));
        row.hidden = !fits;
        shown += fits ? 1 : 0;
      }
      output.textContent = words.length || active.length ? `${number(shown)} of ${number(rows.length)}` : "";
    };
    box.addEventListener("input", apply);
  }

  // A text that stands in several places is in the file once.
  for (const link of all(".f > .as")) {
    const text = document.querySelector(`${link.hash} > code`);
    if (text) link.replaceWith(text.cloneNode(true));
  }

  // Filtering of findings.
  const form = document.getElementById("filter");
  if (form) {
    const pages = all("#list > details").map((page) => ({
      page, head: page.querySelector("summary").textContent.toLowerCase(),
      badges: all(".sums .badge", page), groups: all(".g", page),
    }));
    const total = all("#list .f").length;
    const output = document.getElementById("shown");
    const unfold = document.getElementById("unfold");
    const texts = new Map();
    const textOf = (item) => {
      if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase());
      return texts.get(item);
    };
    // The badges of a page count what is shown of it.
    const count = (badges, counts) => {
      for (const badge of badges) {
        const severity = badge.classList[1], here = counts[severity] || 0;
        badge.hidden = here === 0;
        badge.textContent = `${number(here)} ${severity}${here === 1 ? "" : "s"}`;
      }
    };
    const apply = () => {
      const fields = form.elements;
      const words = fields.q.value.toLowerCase().split(/\s+/).filter(Boolean);
      const [s, r, t] = [fields.s.value, fields.r.value, fields.t.value];
      const active = Boolean(words.length || s || r || t);
      let shown = 0;
      for (const { page, head, badges, groups } of pages) {
        let here = 0;
        const counts = {};
        for (const group of groups) {
          const data = group.dataset;
          const fits = (!s || data.s === s) && (!r || data.r === r) && (!t || (data.t || "-") === t);
          // A word may stand in what the findings of a group share, or in one of them.
          const rest = fits ? words.filter((word) => !head.includes(word) && !textOf(group.firstElementChild).includes(word)) : [];
          let left = 0;
          for (const item of group.lastElementChild.children) {
            item.hidden = !(fits && rest.every((word) => textOf(item).includes(word)));
            left += item.hidden ? 0 : 1;
          }
          group.hidden = left === 0;
          counts[data.s] = (counts[data.s] || 0) + left;
          here += left;
        }
        count(badges, counts);
        page.hidden = here === 0;
        shown += here;
      }
      if (active && shown <= 400) pages.forEach(({ page }) => { page.open = !page.hidden; });
      output.textContent = active ? `${number(shown)} of ${number(total)} findings` : `${number(total)} findings`;
    };
    let waiting = 0;
    form.hidden = false;
    form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 120); });
    form.addEventListener("submit", (event) => { event.preventDefault(); apply(); });
    form.addEventListener("reset", () => setTimeout(() => {
      pages.forEach(({ page }) => { page.open = false; });
      unfold.textContent = "Open all";
      apply();
    }));
    unfold.addEventListener("click", () => {
      const open = unfold.textContent === "Open all";
      pages.forEach(({ page }) => { page.open = open && !page.hidden; });
      unfold.textContent = open ? "Close all" : "Open all";
    });
    for (const link of all("a[data-rule], a[data-tactic]")) {
      link.addEventListener("click", () => {
        form.reset();
        setTimeout(() => {
          form.elements[link.dataset.rule ? "r" : "t"].value = link.dataset.rule || link.dataset.tactic;
          apply();
        });
      });
    }
    apply();
  }

  // An anchor inside something closed or filtered away: show it.
  const reveal = () => {
    const target = /^#[a-z]+[0-9]*$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (!target) return;
    if (form && target.closest("#list") && target.closest("[hidden]")) {
      form.reset();
      setTimeout(reveal);
      return;
    }
    target.closest("tr")?.removeAttribute("hidden");
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    target.scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  // On paper nothing is folded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    folded.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((part) => { part.open = false; }));
})();
