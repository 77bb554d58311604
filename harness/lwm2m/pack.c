/* The Bootstrap-Pack of LwM2M 1.2 (Core 6.1.7.7): SenML CBOR, a record for each resource (RFC 8428 6). */
#include "lwm2m/account.h"

enum { ROOM = 1024, SHORT = 23, IN_ONE_OCTET = 24, IN_TWO_OCTETS = 25, MAJOR_BITS = 5 };
enum { UNSIGNED = 0, OCTETS = 2, TEXT = 3, MAP = 5 };
enum { ENDLESS_ARRAY = 0x9F, BREAK = 0xFF, FALSE = 0xF4, BASE_NAME = 0x21 };
enum { NAME = 0, VALUE = 2, STRING_VALUE = 3, BOOLEAN_VALUE = 4, DATA_VALUE = 8, ALL_RIGHTS = 31 };

static void put_head(struct writer *w, unsigned major, size_t argument)
{
    unsigned top = major << MAJOR_BITS;

    put_u8(w, (uint8_t)(top | (argument <= SHORT       ? (unsigned)argument
                               : argument <= UINT8_MAX ? (unsigned)IN_ONE_OCTET
                                                       : (unsigned)IN_TWO_OCTETS)));
    if (argument > UINT8_MAX)
        put_u16(w, (uint16_t)argument);
    else if (argument > SHORT)
        put_u8(w, (uint8_t)argument);
}

static void put_string(struct writer *w, unsigned major, struct bytes string)
{
    put_head(w, major, string.n);
    put_bytes(w, string);
}

/* A record up to its value; base is NULL where it stands from the record before. */
static void put_name(struct writer *w, const char *base, const char *name, unsigned label)
{
    put_head(w, MAP, base ? 3 : 2);
    if (base) {
        put_u8(w, BASE_NAME);
        put_string(w, TEXT, bytes_of_text(base));
    }
    put_u8(w, NAME);
    put_string(w, TEXT, bytes_of_text(name));
    put_u8(w, (uint8_t)label);
}

static void put_number(struct writer *w, const char *base, const char *name, size_t number)
{
    put_name(w, base, name, VALUE);
    put_head(w, UNSIGNED, number);
}

static void put_false(struct writer *w, const char *name)
{
    put_name(w, NULL, name, BOOLEAN_VALUE);
    put_u8(w, FALSE);
}

struct bytes bootstrap_pack(struct arena *a, const struct account *account, uint16_t lifetime_s)
{
    struct writer w = writer_of(arena_alloc(a, ROOM), ROOM);

    put_u8(&w, ENDLESS_ARRAY);
    put_name(&w, "/0/1/", "0", STRING_VALUE);
    put_string(&w, TEXT, account->uri);
    put_false(&w, "1");
    put_number(&w, NULL, "2", account->mode);
    put_name(&w, NULL, "3", DATA_VALUE);
    put_string(&w, OCTETS, account->identity);
    put_name(&w, NULL, "5", DATA_VALUE);
    put_string(&w, OCTETS, account->key);
    put_number(&w, NULL, "10", 1);
    put_number(&w, "/1/0/", "0", 1);
    put_number(&w, NULL, "1", lifetime_s);
    put_false(&w, "6");
    put_name(&w, NULL, "7", STRING_VALUE);
    put_string(&w, TEXT, bytes_of_text("U"));
    put_number(&w, "/2/0/", "0", 1);
    put_number(&w, NULL, "1", 0);
    put_number(&w, NULL, "2/1", ALL_RIGHTS);
    put_number(&w, NULL, "3", 1);
    put_u8(&w, BREAK);
    return written(&w);
}

/* LwM2M 1.0 E.1: the resources of /0 that an account is made of. */
enum { URI = 0, BOOTSTRAP = 1, MODE = 2, IDENTITY = 3, SECRET = 5 };

bool parse_bootstrap_pack(struct arena *a, struct bytes pack, struct account *out)
{
    struct content c;

    *out = (struct account){.mode = SECURITY_NONE};
    if (!parse_content(a, CONTENT_SENML_CBOR, "/0/1", pack, &c))
        return false;
    for (size_t i = 0; i < c.n; i++) {
        const struct resource *r = &c.at[i];

        switch (r->id) {
        case URI: out->uri = r->value; break;
        case BOOTSTRAP: out->bootstrap = r->number != 0; break;
        case MODE: out->mode = (unsigned)r->number; break;
        case IDENTITY: out->identity = r->value; break;
        case SECRET: out->key = r->value; break;
        default: break;
        }
    }
    out->present = c.n > 0;
    return true;
}
