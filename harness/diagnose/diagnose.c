#include "diagnose/diagnose.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "diagnose/internal.h"

enum { STRAYS = 4 }; /* datagrams that are no hello, until none is waited for */

static const char *const names[CAUSE_COUNT] = {
    [CAUSE_NONE] = "nothing-wrong",
    [CAUSE_NOTHING_LISTENS] = "nothing-listens",
    [CAUSE_NO_ROUTE] = "no-route",
    [CAUSE_SILENCE] = "silence",
    [CAUSE_PLAIN_COAP] = "plain-coap",
    [CAUSE_NOT_DTLS] = "not-dtls",
    [CAUSE_STALE_ASSOCIATION] = "stale-association",
    [CAUSE_NO_HELLO] = "no-hello",
    [CAUSE_TRIGGER] = "trigger",
    [CAUSE_HARNESS] = "not-possible",
    [CAUSE_OLD_VERSION] = "old-version",
    [CAUSE_NO_COMMON_SUITE] = "no-common-suite",
    [CAUSE_SUITE_INTOLERANT] = "suite-intolerant",
    [CAUSE_EXTENSION_INTOLERANT] = "extension-intolerant",
    [CAUSE_EXTENSION_REQUIRED] = "extension-required",
    [CAUSE_SIZE_LIMIT] = "size-limit",
    [CAUSE_COOKIE] = "cookie",
    [CAUSE_FRAGMENTS] = "fragments",
    [CAUSE_ALERT] = "alert",
    [CAUSE_HELLO_REFUSED] = "hello-refused",
    [CAUSE_UNEXPECTED] = "unexpected-message",
    [CAUSE_UNKNOWN_IDENTITY] = "unknown-identity",
    [CAUSE_IDENTITY_FORM] = "identity-form",
    [CAUSE_IDENTITY_DIFFERS] = "identity-differs",
    [CAUSE_KEY_FORM] = "key-form",
    [CAUSE_SWAPPED] = "swapped",
    [CAUSE_WRONG_KEY] = "wrong-key",
    [CAUSE_KEY_OR_IDENTITY] = "wrong-key-or-identity",
    [CAUSE_WRONG_RECORDS] = "wrong-records",
    [CAUSE_WRONG_FINISHED] = "wrong-finished",
    [CAUSE_SUITE_MISSING] = "suite-missing",
    [CAUSE_LOSSY] = "lossy",
    [CAUSE_BUSY] = "busy",
    [CAUSE_SLOW_PATH] = "slow-path",
    [CAUSE_TIMER_EARLY] = "timer-early",
    [CAUSE_TIMER_LATE] = "timer-late",
};

const char *cause_name(enum cause c)
{
    return names[c];
}

/* What the alerts of a handshake mean to somebody who has two ends to set up. */
static const struct {
    enum alert alert;
    const char *meaning;
} meanings[] = {
    {ALERT_CLOSE_NOTIFY,
     "it closes the association instead of going on; some stacks say so when nothing suits them"},
    {ALERT_UNEXPECTED_MESSAGE, "it waited for another message: its state and ours differ"},
    {ALERT_BAD_RECORD_MAC, "our Finished does not open under its keys: the keys differ"},
    {ALERT_RECORD_OVERFLOW, "a record was longer than it takes"},
    {ALERT_HANDSHAKE_FAILURE, "nothing that was offered suits it, or a check of its own failed"},
    {ALERT_ILLEGAL_PARAMETER, "it holds a field of the hello for wrong"},
    {ALERT_DECODE_ERROR, "it cannot parse what was sent"},
    {ALERT_DECRYPT_ERROR, "our Finished does not verify: the keys differ"},
    {ALERT_PROTOCOL_VERSION, "it does not take the version that was offered"},
    {ALERT_INSUFFICIENT_SECURITY, "what was offered is too weak for its settings"},
    {ALERT_INTERNAL_ERROR, "it ran into trouble of its own; its log will say which"},
    {ALERT_INAPPROPRIATE_FALLBACK, "it takes the hello for a fallback"},
    {ALERT_USER_CANCELED, "somebody ended it there"},
    {ALERT_NO_RENEGOTIATION, "it takes the hello for a renegotiation: it still has an association with us"},
    {ALERT_UNSUPPORTED_EXTENSION, "an extension was not expected"},
    {ALERT_UNKNOWN_PSK_IDENTITY, "it knows no such identity"},
};

const char *alert_meaning(uint8_t description)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].alert == description)
            return meanings[i].meaning;
    return "an alert that no handshake of this kind is ended with";
}

void find_cause(struct doctor *d, enum cause c, const char *what, const char *next)
{
    if (d->out->n < FINDINGS_MAX)
        d->out->found[d->out->n++] = (struct finding){c, what, next};
}

void saw(struct doctor *d, const char *format, ...)
{
    va_list args;

    if (d->out->seen_n == SEEN_MAX)
        return;
    va_start(args, format);
    d->out->seen[d->out->seen_n++] = arena_vprintf(d->arena, format, args);
    va_end(args);
}

const char *ending(struct doctor *d, const struct attempt *t)
{
    if (t->alert)
        return arena_printf(
            d->arena, "%s alert %s (%u)%s", t->alert_level == ALERT_FATAL ? "fatal" : "warning",
            alert_name(t->alert_description), t->alert_description, t->alert_protected ? ", protected" : "");
    if (t->detail.unreachable)
        return "ICMP: the port is not reachable";
    if (t->datagrams == 0 && t->stray.n == 0)
        return "silence";
    return *t->got ? t->got : "nothing more";
}

bool is_over(const struct doctor *d)
{
    return d->how->stopped != NULL && d->how->stopped(d->how->context);
}

/* "12 ms: " and so on is left out: how far it came, and how it ended. */
static const char *summary(struct doctor *d, const struct attempt *t)
{
    static const char *const server[] = {"", "HelloVerifyRequest", "ServerHello", "ServerHelloDone",
                                         "a Finished that verifies"};
    static const char *const client[] = {"", "ClientHello", "ClientHello with our cookie",
                                         "ClientKeyExchange", "a Finished that verifies"};
    const char *came = d->env.role == CLIENT ? client[t->reached] : server[t->reached];

    if (t->reached == REACHED_FINISHED)
        return came;
    if (t->reached == REACHED_HELLO && !t->alert && d->env.role != CLIENT && t->have_hello)
        return t->got;
    return arena_printf(d->arena, "%s%s%s", came, *came ? ", then " : "", ending(d, t));
}

struct attempt *try_it(struct doctor *d, enum haste haste, const struct attempt_plan *plan, const char *what,
                       ...)
{
    struct attempt *t = arena_new_of(d->arena, struct attempt);
    struct case_env env = d->env;
    const char *text;
    va_list args;

    env.hasty = haste == QUICK && !d->lossy;
    if (d->attempt_n > 0 && d->how->settle_us > 0)
        sleep_until(now_us() + d->how->settle_us);
    attempt_run(&env, plan, t);
    t->have_hello |= t->server_hello.random.n > 0;
    arena_grow(d->arena, &d->attempts, &d->attempt_cap, d->attempt_n, sizeof *d->attempts);
    d->attempts[d->attempt_n++] = t;
    d->out->handshakes++;
    if (t->resent > 0 && t->reached == REACHED_FINISHED)
        d->lossy = true;
    va_start(args, what);
    text = arena_vprintf(d->arena, what, args);
    va_end(args);
    saw(d, "%s: %s", text, summary(d, t));
    return t;
}

const char *suite_names(struct doctor *d, struct bytes list, size_t most)
{
    const char *text = "";
    size_t n = cipher_list_length(list), told = 0, left = 0;

    for (size_t i = 0; i < n; i++) {
        uint16_t code = cipher_at(list, i);

        if (code == TLS_EMPTY_RENEGOTIATION_INFO_SCSV || code == TLS_FALLBACK_SCSV || code_is_grease(code))
            continue;
        if (told == most) {
            left++;
            continue;
        }
        text = cipher_find(code) ? arena_printf(d->arena, "%s%s%s", text, told ? ", " : "", cipher_name(code))
                                 : arena_printf(d->arena, "%s%s0x%04X", text, told ? ", " : "", code);
        told++;
    }
    return left ? arena_printf(d->arena, "%s and %zu more", text, left) : told ? text : "none at all";
}

/* Version 1, a code that CoAP has, and a token of 8 octets at most, RFC 7252 3. */
bool looks_like_coap(struct bytes b)
{
    uint8_t class;

    if (b.n < 4 || b.at[0] >> 6 != 1 || (b.at[0] & 15) > 8)
        return false;
    class = b.at[1] >> 5;
    return class == 0 ? (b.at[1] & 31) <= 7 : class == 2 || class == 4 || class == 5;
}

bool answers_plain_coap(const struct case_env *env)
{
    static const uint8_t ping[] = {0x40, 0x00, 0x70, 0x73};
    struct timeval wait = {.tv_usec = 500000};
    uint8_t answer[64];
    int fd = socket(env->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ssize_t n = -1;

    if (fd < 0)
        return false;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (connect(fd, (const struct sockaddr *)&env->address, env->address_n) == 0 &&
        send(fd, ping, sizeof ping, 0) == (ssize_t)sizeof ping)
        n = recv(fd, answer, sizeof answer, 0);
    close(fd);
    return n >= 4 && looks_like_coap((struct bytes){answer, (size_t)n}) &&
           memcmp(answer + 2, ping + 2, 2) == 0 && answer[0] >> 4 == 7; /* a Reset, RFC 7252 4.3 */
}

void diagnose(struct arena *a, const struct case_env *env, const struct diagnose_how *how,
              struct diagnosis *out)
{
    struct doctor d = {.arena = a, .env = *env, .how = how, .out = out, .timer_us = env->timer_us};

    *out = (struct diagnosis){.nameplate = {"", "", ""}};
    d.env.timer_us = env->timer_us / 2;
    d.env.patience_us = env->timer_us;
    d.env.key_log = false;
    d.env.strays_most = STRAYS;
    if (env->role == CLIENT)
        diagnose_client(&d);
    else
        diagnose_server(&d);
    if (out->n == 0)
        find_cause(&d, CAUSE_NONE,
                   arena_printf(
                       a, "The device%s%s completes a good handshake, and nothing that was tried spoils one.",
                       env->role == CLIENT ? "" : " at ", env->role == CLIENT ? "" : how->where),
                   env->role == CLIENT ? "run `pskgate client`" : "run `pskgate server`");
    for (size_t i = 0; i < d.attempt_n; i++)
        arena_free(d.attempts[i]->detail.arena);
}
