#include <string.h>

#include "diagnose/internal.h"
#include "diagnose/key_forms.h"

/* A device that dials us. Its Finished reaches us whatever its key is, so other keys are tried on the recorded exchange. */

enum { STALL_MS = 2600, NAMES = 8 };

/* ---- nothing came, or no hello ------------------------------------------------------------------------------------------ */

static bool is_record_of_later_epoch(struct bytes b)
{
    return b.n >= RECORD_HEADER && b.at[0] >= CONTENT_CHANGE_CIPHER_SPEC && b.at[0] <= CONTENT_TLS12_CID &&
           b.at[1] == 0xFE && (b.at[3] != 0 || b.at[4] != 0);
}

static void explain_stray(struct doctor *d, const struct attempt *t)
{
    const char *head = arena_hex(d->arena, bytes_slice(t->stray, 0, 16));

    if (is_record_of_later_epoch(t->stray))
        find_cause(
            d, CAUSE_STALE_ASSOCIATION,
            arena_printf(
                d->arena,
                "The device does not dial: it sends protected records (%u of them) of an association that it "
                "made earlier, and that this end does not know. It has not noticed that the other end began "
                "anew.",
                t->strange),
            "restart the device, or wait until its next Update goes unanswered and it dials again; devices "
            "should fall "
            "back to a new handshake then (LwM2M Transport, RFC 6347 4.2.8)");
    else if (looks_like_coap(t->stray))
        find_cause(d, CAUSE_PLAIN_COAP,
                   arena_printf(d->arena,
                                "What the device sends to %s is CoAP in the clear (%u datagrams), no DTLS: "
                                "it is set up for coap "
                                "instead of coaps.",
                                d->how->where, t->strange),
                   "give the device a coaps:// URI, Security Mode 0 (PSK), and the port of coaps");
    else
        find_cause(
            d, CAUSE_NOT_DTLS,
            arena_printf(d->arena,
                         "Datagrams came to %s, %u of them, and none is a ClientHello of DTLS (the first "
                         "begins with %s).",
                         d->how->where, t->strange, head),
            "find out what sends them: it is no DTLS client, or one in the middle of another association");
}

static void explain_no_hello(struct doctor *d, const struct attempt *t)
{
    const char *reason = t->detail.reason;
    bool failed = strstr(reason, "no ClientHello") == NULL;

    if (t->stray.n > 0) {
        explain_stray(d, t);
    } else if (failed) {
        find_cause(
            d, CAUSE_TRIGGER, arena_printf(d->arena, "The device was not made to dial: %s.", reason),
            "run the trigger by hand and see what it says (with -o DIR its output is in DIR/device.log)");
    } else {
        find_cause(d, CAUSE_NO_HELLO,
                   arena_printf(d->arena, "No datagram at all came to %s within %lld s.", d->how->where,
                                (long long)(d->env.hello_wait_us / SECOND)),
                   "check the server URI in the device (address, port, coaps), that it can reach this "
                   "machine (--listen "
                   "127.0.0.1 is reached from this machine alone), a firewall in between, and that the "
                   "trigger does make it "
                   "dial");
    }
}

/* ---- the hello ---------------------------------------------------------------------------------------------------------- */

static bool completes_any(struct bytes list)
{
    for (size_t i = 0; i < cipher_list_length(list); i++) {
        const struct cipher *c = cipher_find(cipher_at(list, i));

        if (c != NULL && cipher_completes(c))
            return true;
    }
    return false;
}

static bool explain_offer(struct doctor *d, const struct attempt *t)
{
    const struct client_hello *h = &t->client_hello;

    if (!t->have_hello) {
        find_cause(d, CAUSE_UNEXPECTED, "The device's ClientHello does not parse: a length in it is wrong.",
                   "this is a defect of the device's DTLS stack");
        return true;
    }
    if (h->version != DTLS_1_2 && (h->version >> 8) == 0xFE && h->version > DTLS_1_2) {
        find_cause(
            d, CAUSE_OLD_VERSION,
            arena_printf(d->arena, "The device offers %s and no later version.", version_name(h->version)),
            "LwM2M wants DTLS 1.2 (RFC 6347): enable it in the device, or update its DTLS stack");
        return true;
    }
    if (completes_any(h->ciphers))
        return false;
    find_cause(d, CAUSE_NO_COMMON_SUITE,
               arena_printf(d->arena,
                            "The device offers no plain-PSK suite that could be used here. It offers %s.",
                            suite_names(d, h->ciphers, NAMES)),
               "enable TLS_PSK_WITH_AES_128_CCM_8 in the device, and see that it is set up for PSK, not for "
               "certificates");
    return true;
}

/* The device went silent, or refused, after our HelloVerifyRequest. */
static void explain_verify_request(struct doctor *d, const struct attempt *first)
{
    struct attempt *t =
        try_it(d, PATIENT, &(struct attempt_plan){.without_verify_request = true}, "no HelloVerifyRequest");

    find_cause(
        d, CAUSE_COOKIE,
        arena_printf(
            d->arena, "The device does not come back with the cookie of a HelloVerifyRequest (%s instead)%s.",
            ending(d, first),
            t->reached >= REACHED_DONE ? "; without one it goes on: it does not know HelloVerifyRequest"
                                       : ""),
        "servers on the open network ask for cookies (RFC 6347 4.2.1): mend the device, or check that "
        "datagrams of ours "
        "reach it at all (a NAT that forgets, a firewall)");
}

/* Answers that differ in one part each, until one is taken. */
static const struct {
    const char *without;
    struct answer answer;
} leaner[] = {
    {"the extension extended_master_secret", {.extended_master_secret = WITHOUT}},
    {"the extension encrypt_then_mac", {.encrypt_then_mac = WITHOUT}},
    {"the extension renegotiation_info", {.renegotiation_info = WITHOUT}},
    {"any extension",
     {.extended_master_secret = WITHOUT, .encrypt_then_mac = WITHOUT, .renegotiation_info = WITHOUT}},
};

static void explain_answer(struct doctor *d, const struct attempt *first)
{
    for (size_t i = 0; i < sizeof leaner / sizeof *leaner && !is_over(d); i++) {
        struct attempt *t = try_it(d, PATIENT, &(struct attempt_plan){.answer = leaner[i].answer},
                                   "a ServerHello without %s", leaner[i].without);

        if (t->reached < REACHED_DONE)
            continue;
        find_cause(
            d, CAUSE_EXTENSION_INTOLERANT,
            arena_printf(
                d->arena,
                "The device stops at a ServerHello (%s) with what it offered itself, and goes on when it is "
                "without %s: it offers that and does not take it.",
                ending(d, first), leaner[i].without),
            "this is a defect of the device's DTLS stack: have it mended, or keep it from offering that");
        return;
    }
    if (first->alert)
        find_cause(d, CAUSE_ALERT,
                   arena_printf(d->arena, "The device ends the handshake at our ServerHello with a %s: %s.",
                                ending(d, first), alert_meaning(first->alert_description)),
                   "look at the device's own log, and at the settings of its DTLS stack");
    else
        find_cause(
            d, CAUSE_HELLO_REFUSED,
            arena_printf(
                d->arena,
                "The device offers %s, and does not go on after our ServerHello: nothing came, though it was "
                "sent several times.",
                suite_names(d, first->client_hello.ciphers, NAMES)),
            "check that our datagrams reach the device (its ClientHello repeated means they do not), and its "
            "own log; a "
            "device that has no key for this server stops here, too");
}

/* ---- credentials -------------------------------------------------------------------------------------------------------- */

/* What the device calls itself; never when that is our key. */
static const char *shown_identity(struct doctor *d, struct bytes identity)
{
    return is_form_of_key(d->arena, d->env.psk, identity) ? "(not shown: it is the key)"
                                                          : arena_escape(d->arena, identity);
}

/* Notes that the identity is another one than was given. False when it is the same. */
static bool compare_identity(struct doctor *d, const struct attempt *t)
{
    struct form forms[IDENTITY_FORMS_MAX];
    size_t n = identity_forms(d->arena, d->env.identity, forms);

    if (bytes_equal(t->identity, d->env.identity))
        return false;
    for (size_t i = 0; i < n; i++)
        if (bytes_equal(t->identity, forms[i].octets)) {
            find_cause(d, CAUSE_IDENTITY_FORM,
                       arena_printf(d->arena, "The device does not send the identity %s but %s: %s.",
                                    arena_escape(d->arena, d->env.identity), shown_identity(d, t->identity),
                                    forms[i].name),
                       forms[i].advice);
            return true;
        }
    find_cause(d, CAUSE_IDENTITY_DIFFERS,
               arena_printf(d->arena, "The device sends the identity %s, and the gate was told to expect %s.",
                            shown_identity(d, t->identity), arena_escape(d->arena, d->env.identity)),
               "set the identity of this server in the device (LwM2M /0/x/3), or give the gate the device's");
    return true;
}

static bool try_recorded(struct doctor *d, const struct attempt *t)
{
    struct form forms[KEY_FORMS_MAX];
    size_t n = key_forms(d->arena, d->env.psk, forms);

    for (size_t i = 0; i < n; i++)
        if (recording_verifies(&t->recording, forms[i].octets)) {
            find_cause(d, CAUSE_KEY_FORM,
                       arena_printf(d->arena,
                                    "The key is right, and the two ends do not hold it in the same form: the "
                                    "device's Finished "
                                    "verifies with %s.",
                                    forms[i].name),
                       forms[i].advice);
            saw(d, "%zu forms of the key tried on the recorded Finished: the last one verifies", i + 1);
            return true;
        }
    saw(d, "%zu forms of the key tried on the recorded Finished: none verifies", n);
    return false;
}

/* The identity in the place of the key. */
static bool try_swapped(struct doctor *d, const struct attempt *t)
{
    struct form forms[IDENTITY_FORMS_MAX];
    size_t n = identity_forms(d->arena, d->env.identity, forms);
    bool verifies = recording_verifies(&t->recording, d->env.identity);

    for (size_t i = 0; i < n && !verifies; i++)
        verifies = recording_verifies(&t->recording, forms[i].octets);
    if (!verifies)
        return false;
    find_cause(d, CAUSE_SWAPPED,
               "Identity and key are swapped in the device: its Finished verifies with the identity as the "
               "key. (What it sends "
               "as its identity is the key, in the clear: it is no secret any more.)",
               "enter them in each other's field, with a new key");
    return true;
}

static void explain_finished(struct doctor *d, const struct attempt *t)
{
    if (explain_records(d, t))
        return;
    if (t->recording.cipher == NULL) {
        find_cause(
            d, t->alert ? CAUSE_ALERT : CAUSE_UNEXPECTED,
            arena_printf(d->arena, "The device sends a ClientKeyExchange, and then no Finished: %s%s%s.",
                         ending(d, t), t->alert ? ", that is to say, " : "",
                         t->alert ? alert_meaning(t->alert_description) : ""),
            "look at the device's own log; if nothing came, part of its flight is lost on the way (MTU)");
        return;
    }
    if (try_recorded(d, t)) {
        compare_identity(d, t);
        return;
    }
    if (try_swapped(d, t))
        return;
    if (compare_identity(d, t))
        return; /* and so the key is that identity's */
    find_cause(d, CAUSE_WRONG_KEY,
               "The device sends the identity that was expected, and its Finished does not open under the "
               "key (no Finished "
               "that it could make with any of the usual forms of the key does): its key is another one.",
               "compare the key octet by octet at both ends (print its length, or a hash of it)");
}

/* ---- a good one --------------------------------------------------------------------------------------------------------- */

static void examine_offer(struct doctor *d, const struct attempt *t)
{
    bool any = false, required = false;

    for (size_t i = 0; i < cipher_count; i++)
        if (rule_of(&ciphers[i], d->env.profile, d->env.role) == RULE_REQUIRED) {
            required = true;
            any |= cipher_list_has(t->client_hello.ciphers, ciphers[i].code);
        }
    if (required && !any)
        find_cause(d, CAUSE_SUITE_MISSING,
                   arena_printf(d->arena,
                                "The device completes a handshake, and offers none of the mandatory suites: "
                                "servers that have "
                                "only those refuse it. It offers %s.",
                                suite_names(d, t->client_hello.ciphers, NAMES)),
                   "enable TLS_PSK_WITH_AES_128_CCM_8 in the device");
}

static void examine_client(struct doctor *d, const struct attempt *first)
{
    int stall_ms = (int)(STALL_MS * (d->timer_us / SECOND));
    struct attempt *stalled;

    compare_identity(d, first);
    examine_offer(d, first);
    if (!is_over(d))
        read_name(d);
    d->env.timer_us = d->timer_us;
    for (int i = 0; i < 2 && !is_over(d); i++)
        try_it(d, PATIENT, &(struct attempt_plan){0}, "another handshake");
    examine_path(d);
    if (is_over(d))
        return;
    stalled = try_it(d, PATIENT, &(struct attempt_plan){.stall_ms = stall_ms},
                     "no answer to its hello for %d ms", stall_ms);
    if (stalled->have_hello)
        examine_timer(d, stalled, stall_ms);
}

void diagnose_client(struct doctor *d)
{
    struct attempt *first =
        try_it(d, PATIENT, &(struct attempt_plan){0}, "a handshake with what the device offers");

    if (first->reached == REACHED_FINISHED) {
        d->out->served = true;
        if (!d->how->brief)
            examine_client(d, first);
        else
            compare_identity(d, first);
        return;
    }
    if (first->reached == REACHED_NOTHING)
        explain_no_hello(d, first);
    else if (*first->detail.reason)
        find_cause(d, CAUSE_HARNESS,
                   arena_printf(d->arena, "The handshake cannot go on here: %s.", first->detail.reason),
                   "see to that on this side; the device has done nothing wrong so far");
    else if (explain_offer(d, first) || explain_fragments(d, first))
        return;
    else if (first->reached == REACHED_COOKIE)
        explain_verify_request(d, first);
    else if (first->reached == REACHED_HELLO)
        explain_answer(d, first);
    else
        explain_finished(d, first);
}
