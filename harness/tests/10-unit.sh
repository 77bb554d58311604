#!/bin/sh
# The unit tests, vectors among them, under the address and undefined-behaviour sanitizers. They leave a page for the browser.
build=${B:-build}
mkdir -p "$build/check"
MUCH_EVIDENCE=$build/check/much-evidence.html MANY_CASES=$build/check/many-cases.html MANY_DEVICES=$build/check/many-devices.html "$build/asan/tests"
