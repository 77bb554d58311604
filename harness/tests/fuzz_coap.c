/* Any application data behind an association: what the responder makes of it, in each of its roles, and the reading of probes.
 * The first octet picks the role; then messages, each behind a length of one octet. From 250 on it picks the format of a Read's answer, which
 * is the rest. */
#include <stdlib.h>
#include <string.h>

#include "lwm2m/lwm2m.h"

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n);

enum { MESSAGES_MAX = 8, TURNS = 2, ANSWERS = 250 };

static void check_answer(void *context, struct bytes coap)
{
    (void)context;
    if (coap.n < 4 || coap.at[0] >> 6 != 1)
        abort();
}

static void check_event(const struct lwm2m_event *e)
{
    for (const char *c = e->text ? e->text : ""; *c; c++)
        if (*c < 0x20 || *c > 0x7e)
            abort();
}

static void hand_in(struct lwm2m *l, struct bytes message)
{
    struct lwm2m_event e;
    uint16_t id;

    if (coap_kind_of(message, &id) != COAP_OTHER && message.n != 4)
        abort();
    lwm2m_input(l, message);
    for (int i = 0; i < TURNS; i++)
        lwm2m_process(l);
    while (lwm2m_next(l, &e))
        check_event(&e);
}

static void read_answer(struct arena *arena, uint8_t which, struct bytes payload)
{
    static const enum content_format formats[] = {CONTENT_TLV,  CONTENT_SENML_JSON, CONTENT_SENML_CBOR,
                                                  CONTENT_TEXT, CONTENT_LINKS,      CONTENT_UNSAID};
    struct content c;
    bool sound;

    if (!parse_content(arena, formats[which - ANSWERS], "/3/0", payload, &c))
        c.n = 0;
    for (size_t i = 0; i < c.n; i++)
        content_text(arena, &c, c.at[i].id);
    links_have(payload, "/3/0", &sound);
    links_beneath(payload, "/3/0", &sound);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t n)
{
    static bool started;
    struct reader r = reader_of((struct bytes){at, n});
    uint8_t first = get_u8(&r);
    enum lwm2m_role role = (enum lwm2m_role)(first % 3);
    struct arena *arena = arena_new();

    if (first >= ANSWERS) {
        read_answer(arena, first, get_rest(&r));
        arena_free(arena);
        return 0;
    }

    if (!started)
        lwm2m_start();
    started = true;

    struct lwm2m *l = lwm2m_open(arena, role, check_answer, NULL);

    if (l == NULL)
        abort();
    if (role == LWM2M_CLIENT)
        lwm2m_request(l, LWM2M_POST, "/rd", "ep=x&lt=300", bytes_of_text("</3/0>"), 40);
    for (int i = 0; i < MESSAGES_MAX && r.left > 1; i++) {
        size_t wanted = get_u8(&r);

        hand_in(l, get_bytes(&r, wanted < r.left ? wanted : r.left));
    }
    lwm2m_close(l);
    arena_free(arena);
    return 0;
}
