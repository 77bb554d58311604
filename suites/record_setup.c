#include "record.h"

struct assoc *established(struct test *t)
{
    struct assoc *a = device_is_client(t) ? await_client(t) : dial(t);

    if (device_is_client(t))
        serve_good(a);
    else
        good_handshake(a);
    return a;
}

struct assoc *at_server_hello_done(struct test *t)
{
    struct assoc *a = dial(t);

    good_hello(a);
    return a;
}

struct assoc *at_client_hello(struct test *t)
{
    struct assoc *a = await_client(t);

    expect_client_hello(a);
    return a;
}
