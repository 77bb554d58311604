/* A client that was bootstrapped: where it dials from then on, and back. */
#include <arpa/inet.h>
#include <string.h>

#include "device/behaviour.h"
#include "device/talk.h"

/* A numeric host: nothing else is in our accounts. */
static bool set_address(struct device *d, const struct account *account)
{
    char host[INET6_ADDRSTRLEN] = "";
    struct bytes octets;
    uint16_t port;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (!parse_coaps_uri(account->uri, &octets, &port) || octets.n >= sizeof host)
        return false;
    memcpy(host, octets.at, octets.n);
    v4.sin_port = v6.sin6_port = htons(port);
    memset(&d->address, 0, sizeof d->address);
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        memcpy(&d->address, &v4, d->address_n = sizeof v4);
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6.sin6_addr) != 1)
        return false;
    memcpy(&d->address, &v6, d->address_n = sizeof v6);
    return true;
}

static struct bytes keep(uint8_t *room, size_t cap, struct bytes b)
{
    b = bytes_slice(b, 0, cap);
    memmove(room, b.at, b.n);
    return (struct bytes){room, b.n};
}

void device_move(struct talk *t, const struct account *account)
{
    struct device *d = t->device;

    if (!d->provisioned)
        d->home = (struct where){d->address, d->address_n, d->identity, d->psk};
    set_address(d, account);
    d->identity = keep(d->given_identity, sizeof d->given_identity, account->identity);
    d->psk = keep(d->given_key, sizeof d->given_key, account->key);
    memcpy(d->given_ciphers, account->ciphers, sizeof d->given_ciphers);
    d->bootstrap = false;
    d->provisioned = d->moved = true;
}

/* LwM2M 1.0 5.2.5: another association, with what was written. */
void conforming_adopt_account(struct talk *t, const struct account *account)
{
    device_move(t, account);
}

void device_move_home(struct device *d)
{
    d->address = d->home.address;
    d->address_n = d->home.address_n;
    d->identity = d->home.identity;
    d->psk = d->home.psk;
    d->given_ciphers[0] = 0;
    d->bootstrap = d->moved = true;
}
