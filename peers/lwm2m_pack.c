/* Bootstrap-Packs: SenML CBOR (RFC 8428 6, RFC 8949), as much of it as packs need: a list of records with text, octets, numbers and truths. */
#include <stdio.h>
#include <string.h>

#include "lwm2m_account.h"

enum { UNSIGNED, NEGATIVE, OCTETS, TEXT, ARRAY, MAP, TAG, SIMPLE };
enum { INFO = 31, SHORT = 24, ENDLESS = 31, BREAK = 0xFF, MAJOR_BITS = 5 };
enum { NAME = 0, BASE_NAME = -2 }; /* labels, RFC 8428 table 1 */
enum { NAME_MAX_OCTETS = 31 };

struct cursor {
    const uint8_t *at;
    size_t left;
    bool bad;
};

struct item {
    unsigned major;
    bool endless;
    size_t argument;
    const uint8_t *octets; /* of text and octets: `argument` of them */
};

static const uint8_t *take(struct cursor *c, size_t n)
{
    const uint8_t *taken = c->at;

    if (c->bad || n > c->left) {
        c->bad = true;
        return NULL;
    }
    c->at += n;
    c->left -= n;
    return taken;
}

/* A head, and the octets of a string behind it. Arguments of up to four octets. */
static struct item take_item(struct cursor *c)
{
    const uint8_t *first = take(c, 1);
    struct item item = {.major = first ? *first >> MAJOR_BITS : SIMPLE};
    unsigned info = first ? *first & INFO : 0;
    size_t more = info < SHORT || info == ENDLESS ? 0 : (size_t)1 << (info - SHORT);

    item.endless = info == ENDLESS;
    item.argument = info < SHORT ? info : 0;
    if (more > 4 || (item.endless && item.major != ARRAY && item.major != MAP) || item.major == TAG)
        c->bad = true;
    const uint8_t *octets = take(c, more);

    for (size_t i = 0; octets && i < more; i++)
        item.argument = item.argument << 8 | octets[i];
    if (item.major == TEXT || item.major == OCTETS)
        item.octets = take(c, item.argument);
    return item;
}

/* Whether a list or map has an element behind the first i. */
static bool goes_on(struct cursor *c, const struct item *head, size_t i)
{
    if (c->bad || !head->endless)
        return !c->bad && i < head->argument;
    if (c->left > 0 && *c->at != BREAK)
        return true;
    take(c, 1);
    return false;
}

static void keep_name(char room[NAME_MAX_OCTETS + 1], const struct item *text)
{
    bool fits = text->major == TEXT && text->octets && text->argument <= NAME_MAX_OCTETS;

    snprintf(room, NAME_MAX_OCTETS + 1, "%.*s", fits ? (int)text->argument : 0,
             fits ? (const char *)text->octets : "");
}

/* One record: a name under the base name, and a value. */
static bool take_record(struct cursor *c, char base[NAME_MAX_OCTETS + 1], struct account *a)
{
    char name[NAME_MAX_OCTETS + 1] = "", path[2 * NAME_MAX_OCTETS + 1];
    struct item map = take_item(c), value = {.major = SIMPLE};
    unsigned instance, id;
    int used = 0;

    c->bad = c->bad || map.major != MAP;
    for (size_t i = 0; goes_on(c, &map, i); i++) {
        struct item label = take_item(c), part = take_item(c);
        int number = label.major == NEGATIVE ? -1 - (int)label.argument : (int)label.argument;

        if (number == BASE_NAME)
            keep_name(base, &part);
        else if (number == NAME)
            keep_name(name, &part);
        else
            value = part;
    }
    snprintf(path, sizeof path, "%s%s", base, name);
    if (c->bad || sscanf(path, "/0/%u/%u%n", &instance, &id, &used) < 2 || path[used] != '\0' ||
        !value.octets)
        return !c->bad;
    return account_take(a, id, value.octets, value.argument);
}

bool account_packed(struct account *out, const uint8_t *at, size_t left)
{
    struct cursor c = {at, left, false};
    struct account a = {.port = 0};
    char base[NAME_MAX_OCTETS + 1] = "";
    struct item list = take_item(&c);
    bool good = list.major == ARRAY;

    for (size_t i = 0; good && goes_on(&c, &list, i); i++)
        good = take_record(&c, base, &a);
    *out = a;
    return good && !c.bad && c.left == 0 && account_is_complete(&a);
}
