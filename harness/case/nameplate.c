#include "case/internal.h"

enum { MANUFACTURER = 0, MODEL = 1, FIRMWARE = 3, TEXT_MOST = 64, CONTENT_CODE = 0x45 };

/* A Read's answer in whatever format the device offers; what it refuses or nobody can read is empty. */
static void read_at(struct link *l, const char *path, struct content *out)
{
    struct lwm2m_event e;

    if (!ask(l, &(struct request){LWM2M_GET, path, "", NO_BYTES, CONTENT_UNSAID}, &e) ||
        e.code != CONTENT_CODE ||
        !parse_content(l->test->arena, (enum content_format)e.format, path, e.payload, out))
        out->n = 0;
}

static const char *told(struct link *l, const struct content *all, uint16_t id)
{
    struct arena *a = l->test->arena;
    const char *text = content_text(a, all, id);
    struct content one;

    if (all->n == 0) {
        read_at(l, arena_printf(a, "/3/0/%u", id), &one);
        text = content_text(a, &one, id);
    }
    return arena_printf(a, "%.*s", TEXT_MOST, text);
}

struct nameplate read_nameplate(struct link *l)
{
    struct nameplate plate = {"", "", ""};
    struct content all;

    if (!registers_by_now(l))
        return plate;
    read_at(l, "/3/0", &all);
    plate.make = told(l, &all, MANUFACTURER);
    plate.model = told(l, &all, MODEL);
    plate.firmware = told(l, &all, FIRMWARE);
    return plate;
}
