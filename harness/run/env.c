#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "run/internal.h"

enum { HELLO_WAIT_S = 30, PERSON_WAIT_S = 600 };

int64_t env_timer_us(const struct dut *d)
{
    static const struct {
        const char *name;
        int64_t timer_us;
    } timers[] = {{"lte-m", 2 * SECOND}, {"nb-iot", 9 * SECOND}};

    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++)
        if (strcmp(d->timers, timers[i].name) == 0)
            return timers[i].timer_us;
    return SECOND; /* RFC 6347 4.2.4.1 */
}

int64_t env_hello_wait_us(const struct dut *d)
{
    return (*d->trigger ? HELLO_WAIT_S : PERSON_WAIT_S) * SECOND;
}

bool env_address(struct case_env *env, const char *host, uint16_t port, char *why)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    char service[8];
    int code;

    snprintf(service, sizeof service, "%u", (unsigned)port);
    code = getaddrinfo(host, service, &hints, &found);
    if (code != 0) {
        snprintf(why, WHY_MAX, "%.150s: %s", host, gai_strerror(code));
        return false;
    }
    memcpy(&env->address, found->ai_addr, found->ai_addrlen);
    env->address_n = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}
