"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const table = document.querySelector("#table table");
  const PAGE = 50;
  const key = "sktune-report:" + location.pathname;

  const load = () => { try { return JSON.parse(sessionStorage.getItem(key)) || {}; } catch { return {}; } };
  const state = Object.assign({ column: null, down: true, page: 0, filter: "", y: 0 }, load());
  const save = () => {
    state.y = window.scrollY;
    try { sessionStorage.setItem(key, JSON.stringify(state)); } catch { /* no storage: nothing is kept */ }
  };

  const whole = (column) => Array.isArray(column) ? column : column.at.map((place) => column.words[place]);
  const text = (value) => {
    if (value === null || value === undefined) return "";
    if (typeof value === "number" && !Number.isInteger(value)) {
      return String(Number(value.toPrecision(5))).replace("-", "\u2212");
    }
    return String(value);
  };

  function sortable() {
    const found = data.candidates;
    const names = ["#"], columns = [found.order.map((_, row) => row)];
    for (const part of [found.columns, found.params]) {
      for (const name of Object.keys(part)) { names.push(name); columns.push(whole(part[name])); }
    }
    const head = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    const shown = head.length;

    // "C>1" compares, "status=complete" is equal, anything else is looked for in all columns.
    function matches(row) {
      return state.filter.split(/\s+/).filter(Boolean).every((word) => {
        const parts = word.match(/^(.+?)(<=|>=|=|<|>)(.*)$/);
        const place = parts ? names.indexOf(parts[1]) : -1;
        if (place < 0) return columns.some((column) => text(column[row]).includes(word));
        const value = columns[place][row], other = parts[3];
        if (value === null || value === undefined) return false;
        if (parts[2] === "=") return text(value) === other || (other !== "" && value === Number(other));
        const a = Number(value), b = Number(other);
        return { "<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b }[parts[2]];
      });
    }

    function compare(a, b) {
      const x = columns[state.column][a], y = columns[state.column][b];
      if (x === y) return 0;
      if (x === null || x === undefined) return 1;
      if (y === null || y === undefined) return -1;
      const isLess = typeof x === typeof y ? x < y : String(x) < String(y);
      return (isLess ? -1 : 1) * (state.down ? -1 : 1);
    }

    function draw() {
      const rows = found.order.filter(matches);
      if (state.column !== null && state.column < columns.length) rows.sort(compare);
      const pages = Math.max(1, Math.ceil(rows.length / PAGE));
      state.page = Math.min(Math.max(state.page, 0), pages - 1);
      const first = state.page * PAGE;
      body.replaceChildren(...rows.slice(first, first + PAGE).map((row) => {
        const line = document.createElement("tr");
        for (let place = 0; place < shown; place++) {
          line.insertCell().textContent = text(columns[place][row]);
        }
        return line;
      }));
      document.getElementById("page").textContent =
        rows.length ? `${first + 1} to ${Math.min(first + PAGE, rows.length)} of ${rows.length}` : "none";
      document.getElementById("before").disabled = state.page === 0;
      document.getElementById("next").disabled = state.page === pages - 1;
      head.forEach((cell, place) => {
        const isSorted = place === state.column;
        cell.setAttribute("aria-sort", isSorted ? (state.down ? "descending" : "ascending") : "none");
        cell.querySelector("span").textContent = isSorted ? (state.down ? " ↓" : " ↑") : "";
      });
    }

    head.forEach((cell, place) => cell.querySelector("button").addEventListener("click", () => {
      const isSame = state.column === place;
      state.down = isSame ? !state.down : typeof columns[place].find((value) => value !== null) === "number";
      state.column = place;
      state.page = 0;
      draw();
    }));
    const filter = document.getElementById("filter");
    filter.value = state.filter;
    filter.addEventListener("input", () => { state.filter = filter.value; state.page = 0; draw(); });
    document.getElementById("before").addEventListener("click", () => { state.page -= 1; draw(); });
    document.getElementById("next").addEventListener("click", () => { state.page += 1; draw(); });
    document.querySelector(".controls").hidden = false;
    document.querySelectorAll(".static").forEach((part) => part.remove());
    draw();
  }

  function age() {
    const seconds = Math.max(0, Math.round(Date.now() / 1000 - data.written));
    const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
    const [unit, size] = units.find(([, size]) => seconds >= size) || units[3];
    const n = Math.floor(seconds / size);
    document.getElementById("age").textContent = `, ${n} ${unit}${n === 1 ? "" : "s"} ago`;
  }

  if (table) sortable();
  age();
  setInterval(age, 1000);
  window.addEventListener("pagehide", save);
  if (state.y) window.scrollTo(0, state.y);
  if (data.watch) {
    // Not while someone types a filter.
    const reload = () => {
      if (document.activeElement && document.activeElement.id === "filter") { setTimeout(reload, 1000); return; }
      save();
      location.reload();
    };
    setTimeout(reload, 1000 * data.watch);
  }
})();
