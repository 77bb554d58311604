#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

#include "run/device_file.h"

/* Blocks of IPv4 that are no part of the open network: RFC 1122, 1918, 3927, 5737, 6598, 5771. */
static const struct {
    uint32_t network;
    unsigned bits;
} closed_4[] = {
    {0x00000000, 8},  {0x7F000000, 8},  {0x0A000000, 8},  {0xAC100000, 12},
    {0xC0A80000, 16}, {0xA9FE0000, 16}, {0x64400000, 10}, {0xC0000200, 24},
    {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 4},
};

static bool is_public_4(uint32_t address)
{
    for (size_t i = 0; i < sizeof closed_4 / sizeof *closed_4; i++)
        if ((address ^ closed_4[i].network) >> (32 - closed_4[i].bits) == 0)
            return false;
    return true;
}

static bool is_public_6(const struct in6_addr *a)
{
    if (IN6_IS_ADDR_V4MAPPED(a))
        return is_public_4((uint32_t)a->s6_addr[12] << 24 | (uint32_t)a->s6_addr[13] << 16 |
                           (uint32_t)a->s6_addr[14] << 8 | a->s6_addr[15]);
    return !IN6_IS_ADDR_LOOPBACK(a) && !IN6_IS_ADDR_LINKLOCAL(a) && !IN6_IS_ADDR_MULTICAST(a) &&
           !IN6_IS_ADDR_UNSPECIFIED(a) && (a->s6_addr[0] & 0xFE) != 0xFC && /* RFC 4193 */
           memcmp(a->s6_addr, "\x20\x01\x0d\xb8", 4) != 0;                  /* RFC 3849 */
}

bool host_is_public(const char *host)
{
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found;
    bool public = false;

    if (getaddrinfo(host, "5684", &hints, &found) != 0)
        return false; /* nothing will be sent */
    for (const struct addrinfo *i = found; i != NULL; i = i->ai_next)
    public = public || (i->ai_family == AF_INET6
                            ? is_public_6(&((const struct sockaddr_in6 *)i->ai_addr)->sin6_addr)
                            : is_public_4(ntohl(((const struct sockaddr_in *)i->ai_addr)->sin_addr.s_addr)));
    freeaddrinfo(found);
    return public;
}
