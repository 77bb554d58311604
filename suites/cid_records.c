/* Records to a device that gave a connection id, in both roles: RFC 9146 3, 5. */
#include "cid.h"

struct assoc *cid_agreed(struct test *t)
{
    struct assoc *a = device_is_client(t) ? await_cid_client(t) : dial(t);

    if (device_is_client(t))
        cid_serve(a, random_bytes(t, OWN));
    else
        cid_handshake(a, .cid = random_bytes(t, OWN));
    needs_device_cid(a);
    return a;
}

bool cid_scopes(size_t i, struct member *out)
{
    static const struct member rows[] = {
        {.slug = "ordinary", .title = "those of a record without one", .value = CID_SCOPE_ORDINARY},
        {.slug = "early-draft", .title = "those of drafts before RFC 9146", .value = CID_SCOPE_EARLY_DRAFT},
        {.slug = "id", .title = "another id", .value = CID_SCOPE_ID},
        {.slug = "number", .title = "another number", .value = CID_SCOPE_NUMBER},
        {.slug = "length", .title = "the content's length", .value = CID_SCOPE_LENGTH},
    };

    return i < sizeof rows / sizeof *rows && (*out = rows[i], true);
}

static void without_id(struct test *t)
{
    struct assoc *a = cid_agreed(t);
    struct sealed bad = seal_probe(a, .without_cid = true);

    deviate(t, "a record of the ordinary format, right in all else");
    expect_dropped(a, &bad);
}

static void another_id(struct test *t)
{
    struct assoc *a = cid_agreed(t);
    struct bytes id = a->cid.theirs;
    uint8_t *turned = arena_alloc(arena_of(t), id.n);

    for (size_t i = 0; i < id.n; i++)
        turned[i] = (uint8_t)(i + 1 < id.n ? id.at[i] : id.at[i] ^ 1);
    struct sealed bad = seal_probe(a, .cid = {turned, id.n});

    deviate(t, "the last bit of the connection id is another");
    expect_dropped(a, &bad);
}

PAIR(missing, "cid", "missing", "that gave a connection id does not process a record without it",
     REQ_CID_RECORDS_MATCHED, true, NULL, without_id(t))
PAIR(other, "cid", "other", "does not process a record with another connection id", REQ_CID_RECORDS_MATCHED,
     true, NULL, another_id(t))

CHAPTER(cid_records_chapter, "cid", "Connection ids: records to the device", &missing, &client_missing,
        &other, &client_other);
