(function () {
  "use strict";
  var all = function (selector, of) { return Array.prototype.slice.call((of || document).querySelectorAll(selector)); };
  var form = document.querySelector("form.filter");
  var search = form.querySelector("input[type=search]");
  var boxes = all("input[type=checkbox]", form);
  var count = form.querySelector(".count");
  var items = all("[data-v]").map(function (at) { return { at: at, text: null }; });
  var groups = all("[data-group]");
  var printed = [];

  function text(item) {
    if (item.text === null) item.text = item.at.textContent.toLowerCase();
    return item.text;
  }

  function show() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var on = {};
    var shown = 0;
    boxes.forEach(function (box) { on[box.value] = box.checked; });
    items.forEach(function (item) {
      var fits = on[item.at.dataset.v] !== false && words.every(function (word) { return text(item).indexOf(word) >= 0; });
      item.at.hidden = !fits;
      if (fits) shown += 1;
    });
    groups.forEach(function (group) {
      var some = group.querySelector("[data-v]:not([hidden])") !== null;
      group.hidden = !some;
      if (group.tagName === "DETAILS" && words.length > 0) group.open = some;
    });
    count.textContent = shown === items.length ? items.length + " rows" : shown + " of " + items.length + " rows";
  }

  function remember() {
    var hide = boxes.filter(function (box) { return !box.checked; }).map(function (box) { return box.value; });
    var parts = [];
    if (search.value) parts.push("q=" + encodeURIComponent(search.value));
    if (hide.length) parts.push("hide=" + hide.join(","));
    try {
      history.replaceState(null, "", parts.length ? "#" + parts.join("&") : location.pathname + location.search);
    } catch (e) { /* a page that may not have a history still filters */ }
  }

  function change() { show(); remember(); }

  function clear() {
    search.value = "";
    boxes.forEach(function (box) { box.checked = true; });
    show();
  }

  function decode(part) {
    try { return decodeURIComponent(part); } catch (e) { return part; }
  }

  function restore(fragment) {
    var hide = [];
    search.value = "";
    fragment.split("&").forEach(function (part) {
      if (part.indexOf("q=") === 0) search.value = decode(part.slice(2));
      if (part.indexOf("hide=") === 0) hide = part.slice(5).split(",");
    });
    boxes.forEach(function (box) { box.checked = hide.indexOf(box.value) < 0; });
    show();
  }

  function reveal(id) {
    var target = document.getElementById(id);
    if (!target) return;
    if (target.closest("[hidden]")) clear();
    for (var at = target.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
    (target.closest("details") || target).scrollIntoView();
  }

  function follow() {
    var fragment = location.hash.slice(1);
    if (/^(q|hide)=/.test(fragment)) restore(fragment);
    else if (fragment) reveal(decode(fragment));
  }

  form.hidden = false;
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  search.addEventListener("input", change);
  boxes.forEach(function (box) { box.addEventListener("change", change); });
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", function () {
    printed = all("details:not([open])");
    printed.forEach(function (details) { details.open = true; });
  });
  addEventListener("afterprint", function () { printed.forEach(function (details) { details.open = false; }); });
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) reveal(decode(location.hash.slice(1)));
  });
  // The browser scrolls to the fragment itself once all is loaded; the case's title shall stay in sight.
  addEventListener("load", function () { setTimeout(follow, 0); });
  show();
  follow();
  // The first letter of a search shall not have to read a thousand cases.
  if (window.requestIdleCallback) requestIdleCallback(function () { items.forEach(text); });
}());
