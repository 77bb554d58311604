#include "json_read.h"

#include <limits.h>
#include <string.h>

#include "base/arena.h"

void load_fail(struct load *l, const char *key, const char *what)
{
    const char *where = "";

    if (l->error) {
        return;
    }
    for (unsigned i = 0; i < l->depth; i++) {
        where = l->steps[i].key ? arena_printf(l->arena, "%s%s%s", where, *where ? "." : "", l->steps[i].key)
                                : arena_printf(l->arena, "%s[%zu]", where, l->steps[i].index);
    }
    l->error = arena_printf(l->arena, "%s%s%s: %s", where, *where ? "." : "", key, what);
}

void load_enter(struct load *l, const char *key, size_t index)
{
    if (l->depth < LOAD_STEPS) {
        l->steps[l->depth].key = key;
        l->steps[l->depth].index = index;
    }
    l->depth++;
}

void load_leave(struct load *l)
{
    l->depth--;
}

/* The member, or NULL when it is missing or of another type and that was said. */
const json_t *load_member(struct load *l, const json_t *object, const char *key, json_type type,
                          const char *what)
{
    const json_t *value = json_object_get(object, key);

    if (!value || json_typeof(value) != type) {
        load_fail(l, key, value ? what : "is missing");
        return NULL;
    }
    return value;
}

/* jansson refuses NUL in strings and text that is no UTF-8. */
static const char *text_of(struct load *l, const json_t *value)
{
    return arena_strdup(l->arena, json_string_value(value));
}

const char *load_text(struct load *l, const json_t *object, const char *key)
{
    const json_t *value = load_member(l, object, key, JSON_STRING, "is not a string");

    return value ? text_of(l, value) : "";
}

const char *load_text_or(struct load *l, const json_t *object, const char *key, const char *otherwise)
{
    return json_object_get(object, key) ? load_text(l, object, key) : otherwise;
}

/* Octets in lower-case hex; what the renderers take apart without asking again. */
const char *load_hex(struct load *l, const json_t *object, const char *key)
{
    const char *hex = load_text(l, object, key);

    if (strspn(hex, "0123456789abcdef") != strlen(hex) || strlen(hex) % 2 != 0) {
        load_fail(l, key, "is not lower-case hex");
        return "";
    }
    return hex;
}

int64_t load_number(struct load *l, const json_t *object, const char *key, int64_t least, int64_t most)
{
    const json_t *value = load_member(l, object, key, JSON_INTEGER, "is not an integer");

    if (!value) {
        return 0;
    }
    if (json_integer_value(value) < least || json_integer_value(value) > most) {
        load_fail(l, key, "is out of range");
        return 0;
    }
    return json_integer_value(value);
}

unsigned load_unsigned(struct load *l, const json_t *object, const char *key)
{
    return (unsigned)load_number(l, object, key, 0, INT_MAX);
}

bool load_bool(struct load *l, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_boolean(value)) {
        load_fail(l, key, value ? "is not true or false" : "is missing");
        return false;
    }
    return json_is_true(value);
}

/* The array and its length; an empty one after an error. */
static const json_t *get_array(struct load *l, const json_t *object, const char *key, size_t *n)
{
    const json_t *array = load_member(l, object, key, JSON_ARRAY, "is not an array");

    *n = array ? json_array_size(array) : 0;
    return array;
}

static const json_t *get_element(struct load *l, const json_t *array, size_t i)
{
    const json_t *value = json_array_get(array, i);

    if (!json_is_object(value)) {
        load_fail(l, "element", "is not an object");
    }
    return value;
}

struct strings load_texts(struct load *l, const json_t *object, const char *key)
{
    struct strings out;
    const json_t *array = get_array(l, object, key, &out.n);

    out.at = arena_array(l->arena, const char *, out.n);
    for (size_t i = 0; i < out.n; i++) {
        const json_t *value = json_array_get(array, i);
        out.at[i] = json_is_string(value) ? text_of(l, value) : "";
        if (!json_is_string(value)) {
            load_fail(l, key, "holds something that is not a string");
        }
    }
    return out;
}

enum verdict load_verdict(struct load *l, const json_t *object, const char *key)
{
    enum verdict v = VERDICT_NOT_JUDGED;

    if (!verdict_parse(load_text(l, object, key), &v)) {
        load_fail(l, key, "is not a verdict");
    }
    return v;
}

/* An array of objects, each `size` octets in the model. */
void *load_array(struct load *l, const json_t *object, const char *key, size_t size,
                 void (*element)(struct load *l, const json_t *o, void *at), size_t *n)
{
    const json_t *array = get_array(l, object, key, n);
    unsigned char *out = arena_alloc(l->arena, *n * size);

    load_enter(l, key, 0);
    for (size_t i = 0; i < *n; i++) {
        load_enter(l, NULL, i);
        element(l, get_element(l, array, i), out + i * size);
        load_leave(l);
    }
    load_leave(l);
    return out;
}
