#!/bin/sh
# The unit tests, vectors among them, under the address and undefined-behaviour sanitizers.
"${B:-build}/asan/tests"
