/* SenML (RFC 8428), as far as LwM2M 1.1 Core 7.4.4 and 7.4.5 use it. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "lwm2m/content.h"

/* ---- JSON ------------------------------------------------------------------------------------------------------------------ */

static struct bytes text_of(const json_t *object, const char *key, struct bytes otherwise)
{
    const json_t *value = json_object_get(object, key);

    return json_is_string(value)
               ? (struct bytes){(const uint8_t *)json_string_value(value), json_string_length(value)}
               : otherwise;
}

/* Truncated, as LwM2M's integers have no fraction; what is out of range is none. */
static bool whole(double from, int64_t *to)
{
    if (!(from > -9e18 && from < 9e18))
        return false;
    *to = (int64_t)from;
    return true;
}

static void add_json(struct arena *a, const json_t *record, uint16_t id, struct content *out)
{
    const json_t *number = json_object_get(record, "v"), *truth = json_object_get(record, "vb");
    struct bytes text = text_of(record, "vs", text_of(record, "vd", NO_BYTES));
    int64_t value;

    if (text.at != NULL)
        add_text(out, id, arena_copy(a, text));
    else if (json_is_integer(number))
        add_number(a, out, id, json_integer_value(number));
    else if (json_is_real(number) && whole(json_real_value(number), &value))
        add_number(a, out, id, value);
    else if (json_is_boolean(truth))
        add_number(a, out, id, json_is_true(truth));
}

bool parse_senml_json(struct arena *a, const char *path, struct bytes payload, struct content *out)
{
    json_t *pack = json_loadb((const char *)payload.at, payload.n, 0, NULL);
    struct bytes base = NO_BYTES;
    bool good = json_is_array(pack);

    for (size_t i = 0; good && i < json_array_size(pack); i++) {
        const json_t *record = json_array_get(pack, i);

        good = json_is_object(record);
        base = text_of(record, "bn", base);
        int id = resource_of(path, base, text_of(record, "n", NO_BYTES));

        if (good && id >= 0)
            add_json(a, record, (uint16_t)id, out);
    }
    json_decref(pack);
    return good;
}

/* ---- CBOR (RFC 8949) --------------------------------------------------------------------------------------------------------- */

enum major { UNSIGNED, NEGATIVE, OCTETS, TEXT, ARRAY, MAP, TAG, OTHER };
enum { INFO_BITS = 5, INFO = 31, ONE_OCTET = 24, TWO_OCTETS = 25, FOUR_OCTETS = 26, EIGHT_OCTETS = 27 };
enum { ENDLESS = 31, BREAK = 0xFF, NO = 20, YES = 21, DEPTH_MAX = 8 };

/* Labels of RFC 8428 table 1. */
enum label {
    BASE_NAME = -2,
    NAME = 0,
    VALUE = 2,
    STRING_VALUE = 3,
    BOOLEAN_VALUE = 4,
    DATA_VALUE = 8,
    NO_LABEL = 99
};

struct head {
    enum major major;
    unsigned info;
    uint64_t argument; /* 0 when endless */
};

static struct head get_head(struct reader *r)
{
    uint8_t first = get_u8(r);
    struct head h = {.major = (enum major)(first >> INFO_BITS), .info = first & INFO};

    switch (h.info) {
    case ONE_OCTET: h.argument = get_u8(r); break;
    case TWO_OCTETS: h.argument = get_u16(r); break;
    case FOUR_OCTETS: h.argument = get_u32(r); break;
    case EIGHT_OCTETS: h.argument = get_u64(r); break;
    case ENDLESS: break;
    default: h.argument = h.info; break;
    }
    /* What is reserved, and an endless string or number, is not for us. */
    if ((h.info > EIGHT_OCTETS && h.info < ENDLESS) ||
        (h.info == ENDLESS && h.major != ARRAY && h.major != MAP))
        r->bad = true;
    return h;
}

/* True when an array or map whose head that is has an element behind the first `i`; the end of an endless one is taken. */
static bool goes_on(struct reader *r, const struct head *h, uint64_t i)
{
    if (r->bad)
        return false;
    if (h->info != ENDLESS)
        return i < h->argument;
    if (r->left > 0 && r->at[0] == BREAK) {
        get_u8(r);
        return false;
    }
    r->bad |= r->left == 0;
    return !r->bad;
}

static struct bytes get_string(struct reader *r, const struct head *h)
{
    if (h->argument > r->left)
        r->bad = true;
    return r->bad ? NO_BYTES : get_bytes(r, (size_t)h->argument);
}

static void skip_item(struct reader *r, unsigned depth);

/* Whatever a head leads to. Each element takes an octet at least, so that the span bounds the loop. */
static void skip_rest(struct reader *r, const struct head *h, unsigned depth)
{
    if (h->major == OCTETS || h->major == TEXT)
        get_string(r, h);
    if (h->major == TAG)
        skip_item(r, depth + 1);
    for (uint64_t i = 0; (h->major == ARRAY || h->major == MAP) && goes_on(r, h, i); i++) {
        skip_item(r, depth + 1);
        if (h->major == MAP)
            skip_item(r, depth + 1);
    }
}

static void skip_item(struct reader *r, unsigned depth)
{
    if (depth > DEPTH_MAX)
        r->bad = true;
    if (r->bad)
        return;
    struct head h = get_head(r);

    skip_rest(r, &h, depth);
}

static double half(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 0x1F);
    double fraction = (double)(bits & 0x3FF), magnitude;

    if (exponent == 0)
        magnitude = ldexp(fraction, -24);
    else if (exponent == 0x1F)
        magnitude = fraction > 0 ? NAN : INFINITY;
    else
        magnitude = ldexp(fraction + 1024, exponent - 25);
    return bits >> 15 ? -magnitude : magnitude;
}

static double floating(const struct head *h)
{
    uint32_t bits = (uint32_t)h->argument;
    float single;
    double value;

    if (h->info == TWO_OCTETS)
        return half(h->argument);
    if (h->info == FOUR_OCTETS) {
        memcpy(&single, &bits, sizeof single);
        return (double)single;
    }
    memcpy(&value, &h->argument, sizeof value);
    return value;
}

/* A record's parts, as they come in any order. */
struct record {
    struct bytes name, text; /* text.at == NULL: none came */
    bool has_number;
    int64_t number;
};

static enum label get_label(struct reader *r)
{
    struct head h = get_head(r);

    if (h.major == UNSIGNED && h.argument <= DATA_VALUE)
        return (enum label)h.argument;
    if (h.major == NEGATIVE && h.argument == 1)
        return BASE_NAME;
    skip_rest(r, &h, 0);
    return NO_LABEL;
}

static void take_value(struct record *record, const struct head *h)
{
    bool integer = (h->major == UNSIGNED || h->major == NEGATIVE) && h->argument <= INT64_MAX;

    if (integer)
        record->number = h->major == UNSIGNED ? (int64_t)h->argument : -1 - (int64_t)h->argument;
    else if (h->major == OTHER && h->info >= TWO_OCTETS && h->info <= EIGHT_OCTETS)
        integer = whole(floating(h), &record->number);
    else if (h->major == OTHER && (h->info == NO || h->info == YES)) {
        record->number = h->info == YES;
        integer = true;
    }
    record->has_number |= integer;
}

static void take_pair(struct reader *r, struct bytes *base, struct record *record)
{
    enum label label = get_label(r);
    struct head h = get_head(r);
    struct bytes string = NO_BYTES;

    if (h.major == TEXT || h.major == OCTETS)
        string = get_string(r, &h);
    else
        skip_rest(r, &h, 0);
    if (r->bad)
        return;
    if (label == BASE_NAME && h.major == TEXT)
        *base = string;
    if (label == NAME && h.major == TEXT)
        record->name = string;
    if ((label == STRING_VALUE && h.major == TEXT) || (label == DATA_VALUE && h.major == OCTETS))
        record->text = string;
    if (label == VALUE || label == BOOLEAN_VALUE)
        take_value(record, &h);
}

bool parse_senml_cbor(struct arena *a, const char *path, struct bytes payload, struct content *out)
{
    struct reader r = reader_of(payload);
    struct head pack = get_head(&r);
    struct bytes base = NO_BYTES;

    if (pack.major != ARRAY)
        return false;
    for (uint64_t i = 0; goes_on(&r, &pack, i); i++) {
        struct record record = {.name = NO_BYTES};
        struct head map = get_head(&r);

        r.bad |= map.major != MAP;
        for (uint64_t k = 0; goes_on(&r, &map, k); k++)
            take_pair(&r, &base, &record);
        int id = resource_of(path, base, record.name);

        if (r.bad || id < 0)
            continue;
        if (record.text.at != NULL)
            add_text(out, (uint16_t)id, record.text);
        else if (record.has_number)
            add_number(a, out, (uint16_t)id, record.number);
    }
    return !r.bad && r.left == 0;
}
