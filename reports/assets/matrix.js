(function () {
  "use strict";
  var all = function (selector, of) { return Array.prototype.slice.call((of || document).querySelectorAll(selector)); };
  var form = document.querySelector("form.filter");
  var search = form.querySelector("input[type=search]");
  var selects = all("select", form);
  var count = form.querySelector(".count");
  var rows = all("tr[data-chapter]");

  function chosen(name) { return form.querySelector("select[name=" + name + "]").value; }

  function show() {
    var chapter = chosen("chapter"), level = chosen("level"), verdict = chosen("verdict");
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    rows.forEach(function (row) {
      var text = row.textContent.toLowerCase();
      var fits = (!chapter || row.dataset.chapter.split(" ").indexOf(chapter) >= 0) && (!level || row.dataset.level.indexOf(level) === 0) &&
        (!verdict || row.querySelector("td." + verdict) !== null) &&
        words.every(function (word) { return text.indexOf(word) >= 0; });
      row.hidden = !fits;
      if (fits) shown += 1;
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
