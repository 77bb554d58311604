(function () {
  "use strict";
  var all = function (selector, of) { return Array.prototype.slice.call((of || document).querySelectorAll(selector)); };
  var form = document.querySelector("form.filter");
  var search = form.querySelector("input[type=search]");
  var selects = all("select", form);
  var count = form.querySelector(".count");
  var heads = all(".matrix thead tr").map(function (row) { return all("th", row); });
  var columns = all(".matrix").map(function (table) { return { roles: null, rows: all("tbody tr", table) }; });
  var rows = all("tr[data-chapter]").map(function (row) {
    return { at: row, cells: all("td", row), text: row.textContent.toLowerCase(), chapters: row.dataset.chapter.split(" ") };
  });
  var role = "";

  function chosen(name) {
    var select = form.querySelector("select[name=" + name + "]");
    return select ? select.value : "";
  }

  // The columns of one role; thousands of cells, so only when the choice changes.
  function show_columns() {
    if (chosen("role") === role) return;
    role = chosen("role");
    columns.forEach(function (table, i) {
      var other = heads[i].map(function (head) { return role !== "" && head.dataset.role !== undefined && head.dataset.role !== role; });
      heads[i].forEach(function (head, at) { head.hidden = other[at]; });
      table.rows.forEach(function (row) {
        var some = false;
        for (var at = 1; at < row.cells.length; at += 1) {
          row.cells[at].hidden = other[at];
          some = some || (!other[at] && row.cells[at].firstChild !== null);
        }
        row.hidden = !some;
      });
    });
  }

  function is_finding(cell) { return cell.className === "fail" || cell.className === "warning" || cell.className === "waived"; }

  function fits(row, words) {
    var seen = row.cells.filter(function (cell) { return !cell.hidden && cell.firstChild !== null; });
    var chapter = chosen("chapter"), level = chosen("level"), verdict = chosen("verdict"), shared = chosen("shared");
    var found = seen.filter(verdict ? function (cell) { return cell.className === verdict; } : is_finding).length;
    return seen.length > 0 && (!chapter || row.chapters.indexOf(chapter) >= 0) && (!level || row.at.dataset.level.indexOf(level) === 0) &&
      (!verdict || found > 0) && (!shared || (shared === "several" ? found > 1 : shared === "one" ? found === 1 : found > 0)) &&
      words.every(function (word) { return row.text.indexOf(word) >= 0; });
  }

  function show() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    show_columns();
    rows.forEach(function (row) {
      row.at.hidden = !fits(row, words);
      if (!row.at.hidden) shown += 1;
    });
    count.textContent = shown === rows.length ? rows.length + " rows" : shown + " of " + rows.length + " rows";
  }

  function remember() {
    var parts = selects.filter(function (select) { return select.value; }).map(function (select) {
      return select.name + "=" + encodeURIComponent(select.value);
    });
    if (search.value) parts.push("q=" + encodeURIComponent(search.value));
    try {
      history.replaceState(null, "", parts.length ? "#" + parts.join("&") : location.pathname + location.search);
    } catch (e) { /* a page that may not have a history still filters */ }
  }

  function restore() {
    var state = {};
    location.hash.slice(1).split("&").forEach(function (part) {
      var at = part.indexOf("=");
      if (at > 0) {
        try { state[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1)); } catch (e) { /* no state of ours */ }
      }
    });
    selects.forEach(function (select) {
      select.value = state[select.name] || "";
      if (select.selectedIndex < 0) select.value = "";
    });
    search.value = state.q || "";
    show();
  }

  function change() { show(); remember(); }

  form.hidden = false;
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  search.addEventListener("input", change);
  selects.forEach(function (select) { select.addEventListener("change", change); });
  addEventListener("hashchange", restore);
  restore();
}());
