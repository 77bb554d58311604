#!/bin/sh
# The unit tests, vectors among them, under the address and undefined-behaviour sanitizers. They leave a page for the browser.
build=${B:-build}
mkdir -p "$build/check"
MUCH_EVIDENCE=$build/check/much-evidence.html "$build/asan/tests"
