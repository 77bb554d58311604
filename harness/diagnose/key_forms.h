/*
 * The forms in which one and the same key or identity is found at the two ends when somebody typed it: the same secret, taken
 * for text, for hexadecimal, for base64, cut, padded, or put into the wrong field.
 *
 * Invariant: a form's name and advice never hold an octet of the key. Forms differ from what was given and from one another;
 * the likeliest come first.
 */
#ifndef DIAGNOSE_KEY_FORMS_H
#define DIAGNOSE_KEY_FORMS_H

#include "base/arena.h"

enum { KEY_FORMS_MAX = 40, IDENTITY_FORMS_MAX = 24 };

struct form {
    const char *name;   /* "the key's hexadecimal digits, taken as text" */
    const char *advice; /* what to do about it, a sentence */
    struct bytes octets;
};

/* What a device may hold instead of the key; how many. */
size_t key_forms(struct arena *a, struct bytes key, struct form out[KEY_FORMS_MAX]);

/* What a device may hold instead of the identity. */
size_t identity_forms(struct arena *a, struct bytes identity, struct form out[IDENTITY_FORMS_MAX]);

/* True when the octets are the key, or a form of it: what may not be shown. */
bool is_form_of_key(struct arena *a, struct bytes key, struct bytes octets);

#endif
