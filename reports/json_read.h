/*
 * Takes a JSON document apart that may come from anywhere: every member is asked for with its type.
 *
 * Invariant: errors are sticky. The first one is kept with its path ("cases[3].messages[1].hex: is missing"); whatever is
 * asked for where it fails is empty, so a loader reads on and looks at `error` once, at its end. Text goes to the arena.
 */
#ifndef REPORTS_JSON_READ_H
#define REPORTS_JSON_READ_H

#include <jansson.h>

#include "run/model.h"

enum { LOAD_STEPS = 8 };

/* A load under way: where it stands, and what went wrong first (NULL: nothing yet). */
struct load {
    struct arena *arena;
    const char *error;
    unsigned depth;
    struct {
        const char *key; /* NULL for an element, which has an index */
        size_t index;
    } steps[LOAD_STEPS];
};

void load_fail(struct load *l, const char *key, const char *what);
void load_enter(struct load *l, const char *key, size_t index);
void load_leave(struct load *l);

/* The member of that type, or NULL; `what` is said when it has another. `object` may be NULL: all its members are missing. */
const json_t *load_member(struct load *l, const json_t *object, const char *key, json_type type,
                          const char *what);

const char *load_text(struct load *l, const json_t *object, const char *key);

/* The same of a member that reports of earlier versions lack. */
const char *load_text_or(struct load *l, const json_t *object, const char *key, const char *otherwise);
struct strings load_texts(struct load *l, const json_t *object, const char *key);

/* Octets in lower-case hex. */
const char *load_hex(struct load *l, const json_t *object, const char *key);
int64_t load_number(struct load *l, const json_t *object, const char *key, int64_t least, int64_t most);
unsigned load_unsigned(struct load *l, const json_t *object, const char *key);
bool load_bool(struct load *l, const json_t *object, const char *key);
enum verdict load_verdict(struct load *l, const json_t *object, const char *key);

/* An array of objects, each `size` octets in the model, each read by `element`. */
void *load_array(struct load *l, const json_t *object, const char *key, size_t size,
                 void (*element)(struct load *l, const json_t *o, void *at), size_t *n);

#endif
