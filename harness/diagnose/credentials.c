#include <string.h>

#include "diagnose/internal.h"
#include "diagnose/key_forms.h"

/* A server that agrees on a suite and never sends a Finished that verifies: identity and key. Its Finished would come only if it
 * had taken ours, so every other form takes a handshake of its own. */

enum { WAIT_LEAST_MS = 250, WAIT_MOST_MS = 3000, ANSWERS = 4 };

/* How a device reacts to our Finished. */
static bool same_reaction(const struct attempt *a, const struct attempt *b)
{
    return a->alert == b->alert && (!a->alert || a->alert_description == b->alert_description);
}

static bool may_try(const struct doctor *d)
{
    return d->tries < d->how->tries && !is_over(d);
}

/* A handshake with these; true when it completes. */
static bool completes(struct doctor *d, struct bytes identity, struct bytes key, const char *what)
{
    struct bytes usual_identity = d->env.identity, usual_key = d->env.psk;
    struct attempt *t;

    if (!may_try(d))
        return false;
    d->tries++;
    d->env.identity = identity;
    d->env.psk = key;
    t = try_it(d, QUICK, &(struct attempt_plan){0}, "%s", what);
    d->env.identity = usual_identity;
    d->env.psk = usual_key;
    return t->reached == REACHED_FINISHED;
}

static bool try_keys(struct doctor *d)
{
    struct form forms[KEY_FORMS_MAX];
    size_t n = key_forms(d->arena, d->env.psk, forms);

    for (size_t i = 0; i < n && may_try(d); i++)
        if (completes(d, d->env.identity, forms[i].octets,
                      arena_printf(d->arena, "key: %s", forms[i].name))) {
            find_cause(
                d, CAUSE_KEY_FORM,
                arena_printf(
                    d->arena,
                    "The key is right, and the two ends do not hold it in the same form: a handshake with %s "
                    "completes with %s.",
                    d->how->where, forms[i].name),
                forms[i].advice);
            return true;
        }
    return false;
}

static bool try_identities(struct doctor *d)
{
    struct form forms[IDENTITY_FORMS_MAX];
    size_t n = identity_forms(d->arena, d->env.identity, forms);

    for (size_t i = 0; i < n && may_try(d); i++)
        if (completes(d, forms[i].octets, d->env.psk,
                      arena_printf(d->arena, "identity: %s", forms[i].name))) {
            find_cause(
                d, CAUSE_IDENTITY_FORM,
                arena_printf(
                    d->arena,
                    "The key is right and the device at %s knows the identity in another form: a handshake "
                    "completes with %s.",
                    d->how->where, forms[i].name),
                forms[i].advice);
            return true;
        }
    return false;
}

/* The identity typed into the field of the key, and the key into that of the identity. */
static bool try_swapped(struct doctor *d)
{
    struct bytes names[3], keys[2];
    size_t name_n = 0, key_n = 0;
    struct form forms[KEY_FORMS_MAX];
    size_t n = key_forms(d->arena, d->env.psk, forms), used = 0;
    uint8_t *at = arena_alloc(d->arena, d->env.identity.n);
    const char *text =
        arena_printf(d->arena, "%.*s", (int)d->env.identity.n, (const char *)d->env.identity.at);

    names[name_n++] = d->env.psk;
    for (size_t i = 0; i < n && i < 2; i++)
        names[name_n++] = forms[i].octets;
    keys[key_n++] = d->env.identity;
    if (hex_decode(text, at, d->env.identity.n, &used) && used > 0)
        keys[key_n++] = (struct bytes){at, used};
    for (size_t i = 0; i < name_n * key_n && may_try(d); i++)
        if (completes(d, names[i % name_n], keys[i / name_n], "identity and key swapped")) {
            find_cause(
                d, CAUSE_SWAPPED,
                arena_printf(
                    d->arena,
                    "Identity and key are swapped at the device at %s: a handshake completes with the key as "
                    "the identity and the identity as the key. (The key has travelled in the clear: it is no "
                    "secret any more.)",
                    d->how->where),
                "enter them in each other's field, with a new key");
            return true;
        }
    return false;
}

/* How the device reacts to an identity that it cannot know; NULL when there is no try left. */
static struct attempt *ask_stranger(struct doctor *d)
{
    static const char nobody[] = "pskgate-nobody-5f0c9e";
    struct bytes usual = d->env.identity;
    struct attempt *t;

    if (!may_try(d))
        return NULL;
    d->tries++;
    d->env.identity = bytes_of_text(nobody);
    t = try_it(d, QUICK, &(struct attempt_plan){0}, "an identity that nobody has");
    d->env.identity = usual;
    return t;
}

/* Silence is concluded after some of the device's own answering times. */
static void set_waits(struct doctor *d, const struct attempt *first)
{
    int64_t wait = ANSWERS * first->answer_us;

    if (wait < WAIT_LEAST_MS * MS)
        wait = WAIT_LEAST_MS * MS;
    if (wait > WAIT_MOST_MS * MS)
        wait = WAIT_MOST_MS * MS;
    d->env.timer_us = d->env.patience_us = wait;
}

static void explain_wrong(struct doctor *d, const struct attempt *first, const struct attempt *stranger)
{
    bool differs = stranger != NULL && !same_reaction(first, stranger);
    const char *tried = d->tries >= d->how->tries
                            ? arena_printf(d->arena,
                                           " The %u forms of identity and key that may be "
                                           "tried here did not help; there are more.",
                                           d->tries)
                            : " None of the usual forms of the key or the identity does, either.";

    find_cause(d, differs ? CAUSE_WRONG_KEY : CAUSE_KEY_OR_IDENTITY,
               arena_printf(
                   d->arena,
                   "The device at %s agrees on %s and drops our Finished (%s): its key for this identity is "
                   "another one%s.%s",
                   d->how->where, cipher_name(first->server_hello.cipher), ending(d, first),
                   differs ? ". It knows the identity, for it reacts otherwise to one that nobody has"
                           : ", or it does not know the identity: it reacts alike to one that nobody has, as "
                             "RFC 4279 2 lets it",
                   tried),
               "compare the key of this identity octet by octet at both ends (print its length, or a hash of "
               "it); check "
               "that the device serves the identity at this address");
}

void explain_credentials(struct doctor *d, const struct attempt *first)
{
    bool unknown = first->alert && first->alert_description == ALERT_UNKNOWN_PSK_IDENTITY;
    struct attempt *stranger = NULL;

    if (first->reached == REACHED_HELLO) {
        find_cause(
            d, CAUSE_UNEXPECTED,
            arena_printf(d->arena,
                         "The device at %s sends a ServerHello with %s, and then not what belongs to a PSK "
                         "handshake: %s "
                         "instead of %s.",
                         d->how->where, cipher_name(first->server_hello.cipher), ending(d, first),
                         first->expected),
            "look at the device's own log; if nothing came, part of its flight is lost on the way (MTU)");
        return;
    }
    set_waits(d, first);
    if (!unknown) {
        stranger = ask_stranger(d);
        if (try_keys(d))
            return;
    }
    if (try_swapped(d) || (!(stranger && !same_reaction(first, stranger)) && try_identities(d)))
        return;
    if (unknown)
        find_cause(d, CAUSE_UNKNOWN_IDENTITY,
                   arena_printf(d->arena,
                                "The device at %s knows no identity %s: it says so with a %s. None of the "
                                "usual other forms of "
                                "it does, either.",
                                d->how->where, arena_escape(d->arena, d->env.identity), ending(d, first)),
                   "register the identity at the device, octet by octet as it is here, or ask it with one "
                   "that it knows");
    else
        explain_wrong(d, first, stranger);
}
