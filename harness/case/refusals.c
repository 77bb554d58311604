#include "case/refusals.h"

#include <stddef.h>

/* FNV-1a, never 0: that is an empty place. */
static uint32_t key_of(const char *what)
{
    uint32_t hash = 2166136261u;

    for (; *what != '\0'; what++)
        hash = (hash ^ (uint8_t)*what) * 16777619u;
    return hash != 0 ? hash : 1;
}

void refusals_add(struct refusals *r, const char *what)
{
    uint_least32_t key = key_of(what);

    for (size_t i = 0; r != NULL && i < REFUSALS_MAX; i++) {
        uint_least32_t empty = 0;

        if (atomic_compare_exchange_strong(&r->keys[i], &empty, key) || empty == key)
            return;
    }
}

bool refusals_have(struct refusals *r, const char *what)
{
    uint_least32_t key = key_of(what);

    for (size_t i = 0; r != NULL && i < REFUSALS_MAX; i++)
        if (atomic_load(&r->keys[i]) == key)
            return true;
    return false;
}
