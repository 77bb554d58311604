# pskgate: everything is built under $(B); sources are found by glob. `make help` says what there is to do.
VERSION := 0.1.0
B       ?= build
prefix  ?= /usr/local

ifeq ($(origin CC),default)
CC := gcc
endif
FUZZ_CC ?= clang

# ---- What there is to build
LAYERS   := base wire crypto endpoint lwm2m case device diagnose run
CORE_SRC := $(sort $(foreach layer,$(LAYERS),$(wildcard harness/$(layer)/*.c)) $(wildcard suites/*.c suites/*/*.c) \
              $(wildcard reports/*.c))
CMD_SRC  := $(sort $(wildcard harness/*.c))
TEST_SRC := $(sort $(wildcard harness/tests/test_*.c reports/tests/test_*.c))
TEST_AID := $(sort $(wildcard reports/tests/sample*.c))
BENCH    := $(patsubst harness/tests/%.c,%,$(wildcard harness/tests/bench_*.c))
FUZZERS  := $(patsubst harness/tests/%.c,%,$(wildcard harness/tests/fuzz_*.c))
ASSETS   := $(filter-out %.c %.h %.md,$(wildcard reports/assets/* reports/schema/*))
STACKS   := $(filter $(basename $(notdir $(wildcard peers/*.c))),openssl gnutls mbedtls wolfssl)
BACKENDS := $(if $(wildcard peers/lwm2m_libcoap.c),openssl gnutls)
PEERS    := $(foreach stack,$(STACKS),$(B)/peers/$(stack)-server $(B)/peers/$(stack)-client) \
            $(BACKENDS:%=$(B)/peers/libcoap-%-client) \
            $(if $(wildcard peers/faulty.c),$(foreach name,faulty awkward,$(B)/peers/$(name)-server $(B)/peers/$(name)-client))

# ---- Flags
# What pkg-config says of some libraries; nothing before `make deps` has run.
cflags-of = $(shell pkg-config --cflags $(1) 2>/dev/null)
libs-of   = $(shell pkg-config --libs $(1) 2>/dev/null)

LIBRARIES := libcrypto libcoap-3-notls jansson inih popt
LIBS      := $(call libs-of,$(LIBRARIES)) -pthread
CLOBBERED := $(shell $(CC) -Werror -Wclobbered -E -x c /dev/null >/dev/null 2>&1 && echo -Wclobbered)
WARNINGS  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla $(CLOBBERED)
CPPFLAGS  += -D_GNU_SOURCE -DPSKGATE_VERSION='"$(VERSION)"' -Iharness -I. -I$(B)/generated
CFLAGS    ?= -O2 -g
BASE      := -std=c11 -pthread $(WARNINGS) $(call cflags-of,$(LIBRARIES))
STRICT    := $(if $(filter 1,$(WERROR)),-Werror)

VARIANTS      := release asan tsan cover
VARIANT_release := -fstack-protector-strong
VARIANT_asan  := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
VARIANT_tsan  := -O1 -fsanitize=thread -fno-omit-frame-pointer
VARIANT_cover := -O0 --coverage

submake = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: all demo check selftest soak screenshots bench fuzz fuzz-long lint format deps install deb cover asan tsan clean help FORCE

## all: the program and the peers
all: $(B)/pskgate $(PEERS)

$(B)/pskgate: $(B)/release/pskgate
	@ln -f $< $@ 2>/dev/null || cp -f $< $@

# ---- One variant: objects, the program, the unit tests
# variant NAME
define variant
$(B)/$(1)/flags: FORCE
	@mkdir -p $$(@D)
	@echo '$$(CC) $$(BASE) $$(CFLAGS) $$(CPPFLAGS) $$(VARIANT_$(1))' | cmp -s - $$@ || \
	  echo '$$(CC) $$(BASE) $$(CFLAGS) $$(CPPFLAGS) $$(VARIANT_$(1))' >$$@

$(B)/$(1)/%.o: %.c $(B)/$(1)/flags | libraries generated
	@mkdir -p $$(@D)
	@echo '  CC    $$@'
	@$$(CC) $$(BASE) $$(CFLAGS) $$(VARIANT_$(1)) $$(STRICT) $$(CPPFLAGS) $$(EXTRA) -MMD -MP -c -o $$@ $$<

$(B)/$(1)/pskgate: $(CMD_SRC:%.c=$(B)/$(1)/%.o) $(CORE_SRC:%.c=$(B)/$(1)/%.o)
	@echo '  LINK  $$@'
	@$$(CC) $$(CFLAGS) $$(VARIANT_$(1)) $$(LDFLAGS) -o $$@ $$^ $$(LIBS)

$(B)/$(1)/tests: $(patsubst %.c,$(B)/$(1)/%.o,$(TEST_SRC) $(TEST_AID)) $(B)/$(1)/harness/tests/main.o $(CORE_SRC:%.c=$(B)/$(1)/%.o)
	@echo '  LINK  $$@'
	@$$(CC) $$(CFLAGS) $$(VARIANT_$(1)) $$(LDFLAGS) -o $$@ $$^ $$(call libs-of,check) $$(LIBS)

$(B)/$(1)/mutants: $(B)/$(1)/harness/tests/mutants.o $(B)/$(1)/harness/tests/attacks.o $(CORE_SRC:%.c=$(B)/$(1)/%.o)
	@echo '  LINK  $$@'
	@$$(CC) $$(CFLAGS) $$(VARIANT_$(1)) $$(LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach name,$(VARIANTS) fuzz,$(eval $(call variant,$(name))))

# Tests run from the top.
$(foreach name,$(VARIANTS) fuzz,$(B)/$(name)/harness/tests/%.o): EXTRA = -DVECTORS_DIR='"vectors"'

asan: $(B)/asan/pskgate
tsan: $(B)/tsan/pskgate

.PHONY: libraries
libraries:
	@pkg-config --exists $(LIBRARIES) || { echo 'libraries are missing: run `make deps`' >&2; exit 1; }

# ---- Generated: assets as bytes of a C array, and the list of unit test files
GENERATED := $(ASSETS:%=$(B)/generated/%.inc) $(B)/generated/unit_tests.def
.PHONY: generated
generated: $(GENERATED)

$(B)/generated/%.inc: %
	@mkdir -p $(@D)
	@od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g' >$@

$(B)/generated/unit_tests.def: FORCE
	@mkdir -p $(@D)
	@printf 'UNIT_TEST(%s)\n' $(patsubst test_%.c,%,$(notdir $(TEST_SRC))) | cmp -s - $@ || \
	  printf 'UNIT_TEST(%s)\n' $(patsubst test_%.c,%,$(notdir $(TEST_SRC))) >$@

# ---- Peers
PEER_SHARED := peer.c $(filter peer_%.c,$(notdir $(wildcard peers/peer_*.c)))
PEER_COMMON := $(patsubst %.c,$(B)/release/peers/%.o,$(filter-out peer_server.c peer_client.c,$(PEER_SHARED)))
LIBS_openssl := $(call libs-of,libssl libcrypto)
LIBS_gnutls  := $(call libs-of,gnutls)
LIBS_mbedtls := -lmbedtls -lmbedcrypto -lmbedx509
LIBS_wolfssl := $(B)/wolfssl/libwolfssl.a -lm

WOLFSSL_OBJ  := $(patsubst %.c,$(B)/release/%.o,$(wildcard peers/wolfssl.c peers/wolfssl_*.c))

$(WOLFSSL_OBJ): EXTRA = -DWOLFSSL_USER_SETTINGS -Ipeers/wolfssl -isystem $(B)/wolfssl/include
$(WOLFSSL_OBJ): $(B)/wolfssl/libwolfssl.a
$(B)/wolfssl/libwolfssl.a: peers/wolfssl/build.sh peers/wolfssl/user_settings.h
	@echo '  BUILD $@'
	@CC='$(CC)' sh $< $(@D)

# peer STACK: its server and its client
define peer
$(B)/peers/$(1)-server: $(B)/release/peers/peer_server.o
$(B)/peers/$(1)-client: $(B)/release/peers/peer_client.o
$(B)/peers/$(1)-server $(B)/peers/$(1)-client: $(PEER_COMMON) \
    $(patsubst %.c,$(B)/release/%.o,$(wildcard peers/$(1).c peers/$(1)_*.c))
	@mkdir -p $$(@D)
	@echo '  LINK  $$@'
	@$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(LIBS_$(1)) $$(call libs-of,popt)
endef
$(foreach stack,$(STACKS),$(eval $(call peer,$(stack))))

# An LwM2M client on libcoap, with each of its DTLS back ends.
LIBCOAP_openssl := libssl
$(filter %-openssl-client,$(BACKENDS:%=$(B)/peers/libcoap-%-client)): $(B)/release/peers/lwm2m_suites_openssl.o
$(BACKENDS:%=$(B)/peers/libcoap-%-client): $(B)/peers/libcoap-%-client: $(patsubst %,$(B)/release/peers/lwm2m_%.o,libcoap account objects pack request)
	@mkdir -p $(@D)
	@echo '  LINK  $@'
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs-of,libcoap-3-$* popt $(LIBCOAP_$*))

# The same program under four names: its name says which role it plays, and whether it is hard to test.
$(foreach name,faulty awkward,$(B)/peers/$(name)-server $(B)/peers/$(name)-client): $(patsubst %.c,$(B)/release/%.o,$(wildcard peers/faulty*.c)) \
    $(CORE_SRC:%.c=$(B)/release/%.o)
	@mkdir -p $(@D)
	@echo '  LINK  $@'
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# ---- Helpers of the tests
AIDS := relay $(patsubst harness/tests/%.c,%,$(wildcard harness/tests/udp_*.c))
$(AIDS:%=$(B)/tests/%): $(B)/tests/%: $(B)/release/harness/tests/%.o
$(B)/tests/relay: $(B)/release/harness/tests/attacks.o
$(BENCH:%=$(B)/tests/%): $(B)/tests/%: $(B)/release/harness/tests/%.o $(CORE_SRC:%.c=$(B)/release/%.o)
$(AIDS:%=$(B)/tests/%) $(BENCH:%=$(B)/tests/%):
	@mkdir -p $(@D)
	@echo '  LINK  $@'
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(call libs-of,libssl) $(LIBS)

## demo: install what is missing, try the gate on every peer, write build/demo/index.html
demo:
	@.ci/deps.sh build demo
	@$(submake) all
	@B=$(B) .ci/demo.sh

## check: install what is missing and run every test
check:
	@.ci/deps.sh build demo check
	@$(submake) WERROR=1 all $(B)/asan/pskgate $(B)/asan/tests $(B)/asan/mutants $(B)/tsan/pskgate $(AIDS:%=$(B)/tests/%)
	@B=$(B) sh harness/tests/run.sh $(TESTS)

## selftest: every planted fault against every case, under the address sanitizer (long)
selftest: $(B)/asan/pskgate
	$< selftest --all

## soak: the same verdicts in 20 runs at -j 16 and 3 at -j 1, on lossy and hostile paths, and of clients that dial by themselves (long)
soak: all $(B)/asan/pskgate $(AIDS:%=$(B)/tests/%)
	@B=$(B) .ci/soak.sh
	@PATH_LONG=1 B=$(B) sh harness/tests/45-path.sh
	@CLIENTS_LONG=1 B=$(B) sh harness/tests/48-clients.sh
	@HOSTILE_LONG=1 B=$(B) sh harness/tests/46-hostile.sh

## screenshots: the pictures of README, of two real runs, in reports/screenshots
screenshots:
	@.ci/deps.sh build check
	@$(submake) all
	@B=$(B) .ci/screenshots.sh

## bench: duration of whole runs, and CPU time of a handshake beside libssl's
bench: all $(BENCH:%=$(B)/tests/%)
	@B=$(B) .ci/bench.sh

# ---- Fuzzing: every harness/tests/fuzz_*.c for FUZZ_SECONDS, from the malformed seeds and those of its name
FUZZ_SECONDS ?= 60
VARIANT_fuzz := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
$(B)/fuzz/fuzz_%: $(B)/fuzz/harness/tests/fuzz_%.o $(CORE_SRC:%.c=$(B)/fuzz/%.o)
	@echo '  LINK  $@'
	@$(CC) $(CFLAGS) -fsanitize=fuzzer,address,undefined -o $@ $^ $(LIBS)

## fuzz: every fuzz target for FUZZ_SECONDS (60) each
fuzz:
	@.ci/deps.sh build dev
	@$(submake) CC=$(FUZZ_CC) $(FUZZERS:%=$(B)/fuzz/%)
	@for target in $(FUZZERS); do \
	  mkdir -p $(B)/fuzz/corpus/$$target; \
	  $(B)/fuzz/$$target -max_total_time=$(FUZZ_SECONDS) -timeout=25 -print_final_stats=1 \
	    -artifact_prefix=$(B)/fuzz/$$target- $(B)/fuzz/corpus/$$target \
	    $$(ls -d vectors/malformed "vectors/fuzz/$${target#fuzz_}" 2>/dev/null) || exit 1; \
	done

## fuzz-long: FUZZ_COUNT (1000000) altered datagrams into our endpoint in both roles, under the sanitizers
FUZZ_COUNT ?= 1000000
fuzz-long:
	@.ci/deps.sh build
	@$(submake) $(B)/asan/mutants
	@$(B)/asan/mutants $(FUZZ_COUNT)

## cover: line coverage of the unit tests
cover: $(B)/cover/tests
	@$(B)/cover/tests >/dev/null
	@cd $(B)/cover && gcov -n $$(find . -name '*.gcda' -path './harness/*') 2>/dev/null | \
	  awk '/^File .harness/ { f = $$2 } /^Lines executed/ && f { print f, $$0; f = "" }' | sort -u

# ---- Sources as they should look
C_FILES  = $(shell find harness suites reports peers -name node_modules -prune -o -name '*.[ch]' -print | LC_ALL=C sort)
SH_FILES = $(shell find .ci .packaging harness peers reports -name node_modules -prune -o -name '*.sh' -print) .ci/run

## lint: layout, layers, house rules, static analysis, shell scripts, and clang without a warning
lint:
	@.ci/deps.sh build demo dev
	.ci/layers.sh
	.ci/style.sh
	@clang-format --dry-run -Werror $(C_FILES)
	@shellcheck -x $(SH_FILES)
	@cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr --error-exitcode=1 \
	  --suppress=missingInclude -j2 -Iharness -I. -I$(B)/generated $(CMD_SRC) $(CORE_SRC)
	@$(submake) B=$(B)/clang CC=clang WERROR=1 all

## format: lay every source out as .clang-format says
format:
	@clang-format -i $(C_FILES)

## deps: install the Debian packages that are missing, and nothing else
deps:
	@.ci/deps.sh

## install: the program, its manual and completion, under DESTDIR and prefix (/usr/local)
install: $(B)/pskgate
	install -D -m 755 $(B)/pskgate '$(DESTDIR)$(prefix)/bin/pskgate'
	install -D -m 644 .packaging/pskgate.1 '$(DESTDIR)$(prefix)/share/man/man1/pskgate.1'
	install -D -m 644 .packaging/pskgate.bash '$(DESTDIR)$(prefix)/share/bash-completion/completions/pskgate'
	install -D -m 644 README.md '$(DESTDIR)$(prefix)/share/doc/pskgate/README.md'
	install -D -m 644 LICENSE '$(DESTDIR)$(prefix)/share/doc/pskgate/LICENSE'

## deb: a Debian package, build/deb/pskgate_VERSION_ARCH.deb
HARDENED := -D_FORTIFY_SOURCE=2 -fPIE -ffile-prefix-map=$(CURDIR)=.
deb:
	@.ci/deps.sh build
	@rm -rf '$(B)/deb'
	@$(submake) B=$(B)/deb-build CFLAGS='-O2 -g $(HARDENED)' LDFLAGS='-pie -Wl,-z,relro -Wl,-z,now -Wl,--as-needed' \
	  DESTDIR='$(abspath $(B))/deb/stage' prefix=/usr install
	@.packaging/deb.sh $(VERSION) '$(B)/deb'

## clean: remove what was built
clean:
	rm -rf $(B)

## help: this list
help:
	@sed -n 's/^## \([a-z-]*\): /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12
	@echo 'Variables: CC=clang WERROR=1 B=build-directory DESTDIR= prefix= FUZZ_SECONDS= FUZZ_COUNT= TESTS="NAME..." (of harness/tests/*.sh)'

FORCE:

-include $(shell find $(B) -name '*.d' -not -path '$(B)/clang/*' -not -path '$(B)/wolfssl/*' 2>/dev/null)
