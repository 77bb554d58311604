#include "faulty_many.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 256, WORD = 100, STACK_OCTETS = 1024 * 1024 };

/* A device under way, in a list. */
struct dialler {
    struct dialler *next;
    unsigned long id;
    char fault[WORD + 1], base[WORD + 1];
    struct device device;
    volatile int stop;
    int wake[2];
    pthread_t thread;
};

static void *run_device(void *context)
{
    device_dial(context);
    return NULL;
}

static void set_port(struct device *d, unsigned port)
{
    if (d->address.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&d->address)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)&d->address)->sin_port = htons((uint16_t)port);
}

static bool set_up(struct dialler *d, struct device *like, unsigned port)
{
    d->device = *like;
    d->device.rng = rng_of(rng_u64(&like->rng), "device");
    d->device.stop = &d->stop;
    set_port(&d->device, port);
    return strcmp(d->fault, "-") != 0 ? plant_fault(&d->device, FAULT_CLIENT, d->fault)
                                      : take_base(&d->device, d->base);
}

static bool start(struct dialler *d)
{
    pthread_attr_t attributes;
    bool started;

    if (pipe(d->wake) != 0)
        return false;
    d->device.wake = d->wake[0];
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_OCTETS);
    started = pthread_create(&d->thread, &attributes, run_device, &d->device) == 0;
    pthread_attr_destroy(&attributes);
    if (!started) {
        close(d->wake[0]);
        close(d->wake[1]);
    }
    return started;
}

/* Takes a device out of the list at that place. */
static bool end(struct dialler **at)
{
    struct dialler *d = *at;
    bool woken;

    d->stop = 1;
    woken = write(d->wake[1], "", 1) == 1;
    pthread_join(d->thread, NULL);
    close(d->wake[0]);
    close(d->wake[1]);
    *at = d->next;
    free(d);
    return woken;
}

static bool take_line(struct dialler **list, struct device *like, const char *line)
{
    struct dialler *d = calloc(1, sizeof *d);
    unsigned port;

    if (d != NULL && sscanf(line, "dial %lu %u %100s %100s", &d->id, &port, d->fault, d->base) == 4 &&
        set_up(d, like, port) && start(d)) {
        d->next = *list;
        *list = d;
        return true;
    }
    free(d);
    unsigned long id;

    if (sscanf(line, "stop %lu", &id) != 1)
        return false;
    for (; *list != NULL; list = &(*list)->next)
        if ((*list)->id == id)
            return end(list);
    return false;
}

int dial_on_demand(struct device *like)
{
    struct dialler *list = NULL;
    char line[LINE];
    int status = 0;

    while (status == 0 && fgets(line, sizeof line, stdin) != NULL) {
        if (!take_line(&list, like, line)) {
            fprintf(stderr, "cannot do: %s", line);
            status = 1;
        }
    }
    while (list != NULL)
        end(&list);
    return status;
}
