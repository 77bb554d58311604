/*
 * The Server object's instance /1/0 and the Device object's /3/0 of the LwM2M client on libcoap: what can be read, written and executed.
 *
 * Invariant: a value is what was last written to it; whatever else is asked for is refused by the code that LwM2M 1.0 8.3 has for it.
 */
#ifndef PEERS_LWM2M_OBJECTS_H
#define PEERS_LWM2M_OBJECTS_H

#include <coap3/coap.h>
#include <stdbool.h>

enum {
    FORMAT_TEXT = 0,
    FORMAT_LINKS = 40,
    FORMAT_SENML_JSON = 110,
    FORMAT_SENML_CBOR = 112,
    FORMAT_TLV = 11542
};

/* Resources 1, 5 and 17 to 20 of /1/0 (LwM2M 1.0 E.2, 1.1 Core E.3). */
struct objects {
    unsigned lifetime_s, disable_timeout_s;
    unsigned attempts, attempt_s, sequence_s, sequences;
};

/* What was executed. */
enum wish { WISH_NOTHING, WISH_DISABLE, WISH_UPDATE, WISH_BOOTSTRAP, WISH_REBOOT };

struct objects usual_objects(unsigned lifetime_s);

/* "tlv", "senml-json" or "senml-cbor", in which instances are read unless another format is asked for; -1: none of these. */
int format_of_word(const char *word);

/* Answers a Read of an instance (in the format `accept`), of a resource (as text), or a Discover (`accept` FORMAT_LINKS): fills in all of
 * the response but its code, which is returned. path is "3/0/1". */
coap_pdu_code_t objects_read(const struct objects *o, const char *path, int accept, coap_pdu_t *response);

/* Answers a Discover by those links. */
coap_pdu_code_t objects_answer_links(const char *links, coap_pdu_t *response);

/* Writes a resource as text. */
coap_pdu_code_t objects_write(struct objects *o, const char *path, const uint8_t *text, size_t n);

/* Says in *wish what an Execute wants. */
coap_pdu_code_t objects_execute(const char *path, enum wish *wish);

#endif
