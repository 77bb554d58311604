/*
 * What the answer to a Read or Discover of an object instance holds, whichever format the device offers: plain text, TLV
 * (LwM2M 1.0 6.4.3), SenML JSON and SenML CBOR (RFC 8428), link format (RFC 6690).
 *
 * Invariant: the octets are a device's. What is read is bounded by their number and by RESOURCES_MAX; spans point into them or into the
 * arena. A resource with several instances is none of ours and is left out.
 */
#ifndef LWM2M_CONTENT_H
#define LWM2M_CONTENT_H

#include "base/arena.h"
#include "base/bytes.h"

/* Content formats of CoAP. */
enum content_format {
    CONTENT_UNSAID = -1,
    CONTENT_TEXT = 0,
    CONTENT_LINKS = 40,
    CONTENT_SENML_JSON = 110,
    CONTENT_SENML_CBOR = 112,
    CONTENT_TLV = 11542,
};

enum { RESOURCES_MAX = 64 };

struct resource {
    uint16_t id;
    struct bytes value; /* as text, or for TLV as it was sent */
    bool is_number;     /* it can be read as one, which is `number` */
    int64_t number;
};

struct content {
    struct resource at[RESOURCES_MAX];
    size_t n;
};

/* Reads the answer to a Read of `path`, "/3/0" or "/3/0/1". False when it is no content of that format, or the format is none of
 * these. */
bool parse_content(struct arena *a, enum content_format format, const char *path, struct bytes payload,
                   struct content *out);

/* The value of a resource as escaped text in the arena; "" when there is none. */
const char *content_text(struct arena *a, const struct content *c, uint16_t id);

/* The number that a resource holds; false when there is none. */
bool content_number(const struct content *c, uint16_t id, int64_t *number);

/* True when links in link format have that path: "</1/0/4>". *sound says whether all of it is links (RFC 6690 2); the version that
 * Bootstrap-Discover of LwM2M 1.0 puts before them is passed over. */
bool links_have(struct bytes links, const char *path, bool *sound);

/* How many of the links lead to that path, or to what is beneath it: "</3/0/1>" is beneath "/3/0". *sound as above. */
size_t links_beneath(struct bytes links, const char *path, bool *sound);

/* ---- for the readers of the formats ------------------------------------------------------------------------------------------ */

/* Adds a resource; leaves it out when there is no room. */
void add_text(struct content *c, uint16_t id, struct bytes value);
void add_number(struct arena *a, struct content *c, uint16_t id, int64_t number);

/* The id of the resource that base and name together say, when it is one of the instance or resource `path`; -1: it is not, or an
 * instance of a resource. */
int resource_of(const char *path, struct bytes base, struct bytes name);

bool parse_senml_json(struct arena *a, const char *path, struct bytes payload, struct content *out);
bool parse_senml_cbor(struct arena *a, const char *path, struct bytes payload, struct content *out);

#endif
