/* Servers that cannot take a hello of a certain shape. */
#include "device/faulty.h"
#include "device/faulty_zoo.h"

/* "SUITES-EXTENSIONS-LAST": how many suites and extensions, and the type of the last extension. */
enum alert hello_shape_refused(struct talk *t)
{
    struct reader r = reader_of(t->hello.extensions);
    unsigned extensions = 0;
    uint16_t type, last = 0;
    struct bytes body;

    while (get_extension(&r, &type, &body)) {
        extensions++;
        last = type;
    }
    bool is_it =
        member_is(t, arena_printf(t->arena, "%zu-%u-%u", t->hello.ciphers.n / 2, extensions, (unsigned)last));

    return is_it ? ALERT_HANDSHAKE_FAILURE : conforming.check_client_hello(t);
}
