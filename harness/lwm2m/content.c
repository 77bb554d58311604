#include "lwm2m/content.h"

#include <string.h>

#include "lwm2m/tlv.h"

enum { PATH_OCTETS = 64, DECIMALS_MAX = 18, RESOURCE_SEGMENTS = 3 };

/* ---- resources ------------------------------------------------------------------------------------------------------------- */

static struct resource *add(struct content *c, uint16_t id, struct bytes value)
{
    if (c->n == RESOURCES_MAX)
        return NULL;
    c->at[c->n] = (struct resource){.id = id, .value = value};
    return &c->at[c->n++];
}

/* Digits, with or without a sign. */
static bool read_decimal(struct bytes text, int64_t *number)
{
    bool minus = text.n > 0 && text.at[0] == '-';

    *number = 0;
    if (text.n > DECIMALS_MAX)
        return false;
    for (size_t i = minus; i < text.n; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        *number = 10 * *number + (text.at[i] - '0');
    }
    if (minus)
        *number = -*number;
    return text.n > minus;
}

void add_text(struct content *c, uint16_t id, struct bytes value)
{
    struct resource *r = add(c, id, value);

    if (r != NULL)
        r->is_number = read_decimal(value, &r->number);
}

void add_number(struct arena *a, struct content *c, uint16_t id, int64_t number)
{
    struct resource *r = add(c, id, bytes_of_text(arena_printf(a, "%lld", (long long)number)));

    if (r == NULL)
        return;
    r->is_number = true;
    r->number = number;
}

static const struct resource *find(const struct content *c, uint16_t id)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->at[i].id == id)
            return &c->at[i];
    return NULL;
}

const char *content_text(struct arena *a, const struct content *c, uint16_t id)
{
    const struct resource *r = find(c, id);

    return r != NULL ? arena_escape(a, r->value) : "";
}

bool content_number(const struct content *c, uint16_t id, int64_t *number)
{
    const struct resource *r = find(c, id);

    if (r != NULL && r->is_number)
        *number = r->number;
    return r != NULL && r->is_number;
}

/* ---- paths ----------------------------------------------------------------------------------------------------------------- */

static unsigned segments(const char *path)
{
    unsigned n = 0;

    for (; *path != '\0'; path++)
        n += *path == '/';
    return n;
}

int resource_of(const char *path, struct bytes base, struct bytes name)
{
    char full[PATH_OCTETS + 1];
    size_t n = strlen(path);
    int64_t id;

    if (base.n > PATH_OCTETS || name.n > PATH_OCTETS - base.n)
        return -1;
    memcpy(full, base.n > 0 ? (const char *)base.at : "", base.n);
    memcpy(full + base.n, name.n > 0 ? (const char *)name.at : "", name.n);
    full[base.n + name.n] = '\0';
    if (strlen(full) != base.n + name.n || strncmp(full, path, n) != 0 ||
        (full[n] != '/' && full[n] != '\0') || segments(full) != RESOURCE_SEGMENTS)
        return -1;
    return read_decimal(bytes_of_text(strrchr(full, '/') + 1), &id) && id >= 0 && id <= UINT16_MAX ? (int)id
                                                                                                   : -1;
}

/* ---- text, TLV ------------------------------------------------------------------------------------------------------------- */

static bool parse_text(const char *path, struct bytes payload, struct content *out)
{
    int id = resource_of(path, bytes_of_text(path), NO_BYTES);

    if (id < 0)
        return false;
    add_text(out, (uint16_t)id, payload);
    return true;
}

/* LwM2M 1.0 6.4.3: an integer takes 1, 2, 4 or 8 octets. */
static void add_tlv(struct content *c, uint16_t id, struct bytes value)
{
    struct resource *r = add(c, id, value);
    uint64_t number = value.n > 0 && value.at[0] & 0x80 ? UINT64_MAX : 0;

    if (r == NULL || (value.n != 1 && value.n != 2 && value.n != 4 && value.n != 8))
        return;
    for (size_t i = 0; i < value.n; i++)
        number = number << 8 | value.at[i];
    r->is_number = true;
    r->number = (int64_t)number;
}

static bool parse_tlv(struct bytes payload, bool inside, struct content *out)
{
    struct reader r = reader_of(payload);
    enum tlv_kind kind;
    uint16_t id;
    struct bytes value;

    while (get_tlv(&r, &kind, &id, &value)) {
        if (kind == TLV_INSTANCE && (inside || !parse_tlv(value, true, out)))
            return false;
        if (kind == TLV_RESOURCE)
            add_tlv(out, id, value);
    }
    return !r.bad;
}

bool parse_content(struct arena *a, enum content_format format, const char *path, struct bytes payload,
                   struct content *out)
{
    out->n = 0;
    switch (format) {
    case CONTENT_UNSAID: /* RFC 7252 5.5.1: nothing is said of it; text is what needs nothing said */
    case CONTENT_TEXT: return parse_text(path, payload, out);
    case CONTENT_TLV: return parse_tlv(payload, false, out);
    case CONTENT_SENML_JSON: return parse_senml_json(a, path, payload, out);
    case CONTENT_SENML_CBOR: return parse_senml_cbor(a, path, payload, out);
    case CONTENT_LINKS: break;
    }
    return false;
}

/* ---- links ----------------------------------------------------------------------------------------------------------------- */

/* RFC 6690 2: a target between angle brackets. */
static struct bytes take_target(struct reader *r)
{
    const uint8_t *end;

    if (get_u8(r) != '<' || r->bad || (end = memchr(r->at, '>', r->left)) == NULL) {
        r->bad = true;
        return NO_BYTES;
    }
    struct bytes target = get_bytes(r, (size_t)(end - r->at));

    get_u8(r);
    return target;
}

/* What follows the target, up to the comma behind it; a comma within quotes is none. */
static void skip_attributes(struct reader *r)
{
    bool quoted = false;

    if (r->left > 0 && r->at[0] != ',' && r->at[0] != ';')
        r->bad = true;
    while (!r->bad && r->left > 0) {
        uint8_t octet = get_u8(r);

        if (octet == '"')
            quoted = !quoted;
        else if (octet == '\\' && quoted && r->left > 0)
            get_u8(r);
        else if (octet == ',' && !quoted)
            return;
    }
    r->bad |= quoted;
}

/* What Bootstrap-Discover of LwM2M 1.0 begins with is no link: lwm2m="1.0" (5.2.7.3). */
static struct bytes without_version(struct bytes links)
{
    static const char version[] = "lwm2m=";
    const uint8_t *first = links.n > 0 ? memchr(links.at, '<', links.n) : NULL;

    if (!bytes_equal(bytes_slice(links, 0, sizeof version - 1), bytes_of_text(version)) || first == NULL)
        return links;
    return bytes_slice(links, (size_t)(first - links.at), links.n);
}

static bool leads_to(struct bytes target, struct bytes path)
{
    return bytes_equal(target, path);
}

static bool leads_beneath(struct bytes target, struct bytes path)
{
    return bytes_equal(bytes_slice(target, 0, path.n), path) &&
           (target.n == path.n || target.at[path.n] == '/');
}

static size_t count_links(struct bytes links, const char *path, bool (*counts)(struct bytes, struct bytes),
                          bool *sound)
{
    struct reader r = reader_of(without_version(links));
    size_t n = 0;

    while (r.left > 0 && !r.bad) {
        struct bytes target = take_target(&r);

        n += !r.bad && counts(target, bytes_of_text(path));
        skip_attributes(&r);
    }
    *sound = !r.bad;
    return n;
}

bool links_have(struct bytes links, const char *path, bool *sound)
{
    return count_links(links, path, leads_to, sound) > 0;
}

size_t links_beneath(struct bytes links, const char *path, bool *sound)
{
    return count_links(links, path, leads_beneath, sound);
}
