#include "lwm2m/internal.h"

/* RFC 7252 3: version 1, a token of no octets, and the code 0.00. */
enum { CON_EMPTY = 0x40, RST_EMPTY = 0x70, PROBE_OCTETS = 4 };

static void put_empty(uint8_t first, uint16_t message_id, uint8_t out[4])
{
    struct writer w = writer_of(out, PROBE_OCTETS);

    put_u8(&w, first);
    put_u8(&w, 0);
    put_u16(&w, message_id);
}

void coap_ping(uint16_t message_id, uint8_t out[4])
{
    put_empty(CON_EMPTY, message_id, out);
}

void coap_reset(uint16_t message_id, uint8_t out[4])
{
    put_empty(RST_EMPTY, message_id, out);
}

enum coap_kind coap_kind_of(struct bytes coap, uint16_t *message_id)
{
    struct reader r = reader_of(coap);
    uint8_t first = get_u8(&r), code = get_u8(&r);
    uint16_t id = get_u16(&r);

    if (r.bad || r.left > 0 || code != 0 || (first != CON_EMPTY && first != RST_EMPTY))
        return COAP_OTHER;
    if (message_id != NULL)
        *message_id = id;
    return first == CON_EMPTY ? COAP_IS_PING : COAP_IS_RESET;
}
