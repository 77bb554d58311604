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

/* What cases of a usual catalogue cost: a handshake of their own and a share in the good ones, a twentieth of a silence each; and one
 * in 150 of them runs again alone, with all retransmissions. */
enum { HANDSHAKES_A_CASE = 3, CASES_A_SILENCE = 20, CASES_A_LONE_RUN = 150, LONE_TIMERS = 8, ROUND_S = 120 };

static int64_t estimate_us(const struct run *r, size_t cases)
{
    const struct dut *d = r->config->device;
    int64_t each = HANDSHAKES_A_CASE * r->env.rtt_us + r->env.patience_us / CASES_A_SILENCE;
    int64_t in_turn = has_instances(r) ? 1 : (int64_t)cases / CASES_A_LONE_RUN;
    int64_t alone = in_turn * LONE_TIMERS * r->env.timer_us;

    if (d->slots == 1)
        each += d->settle_ms * MS;
    return (int64_t)cases * each * r->config->options->repeat / r->threads + alone;
}

const char *estimate_text(struct run *r)
{
    size_t n = 0;
    int64_t seconds, deadline = r->config->options->deadline_s;
    const char *text;

    for (size_t i = 0; i < r->job_n; i++)
        n += r->jobs[i].planned->test_case != NULL && !r->jobs[i].settled;
    seconds = estimate_us(r, n) / SECOND + 1;
    text = seconds > ROUND_S ? arena_printf(r->scratch, "%lld minutes", (long long)(seconds / 60 + 1))
                             : arena_printf(r->scratch, "%lld s", (long long)seconds);
    return arena_printf(r->scratch, "%zu cases, %u at a time, about %s (a handshake takes %lld ms)%s", n,
                        r->threads, text, (long long)(r->env.rtt_us / MS),
                        deadline > 0 && deadline < seconds ? "; longer than the deadline" : "");
}
