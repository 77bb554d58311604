#include "run/internal.h"
#include "wire/decode.h"

enum { ROW_COST = 64 }; /* octets, of a row without a datagram */

static const char *const kinds[] = {
    [TRACE_DATAGRAM] = "datagram",   [TRACE_WAIT] = "wait", [TRACE_TIMEOUT] = "timeout",
    [TRACE_DEVIATION] = "deviation", [TRACE_NOTE] = "note",
};

static const char *add_plaintext(struct arena *a, const char *before, struct bytes plaintext)
{
    return *before ? arena_printf(a, "%s%s", before, arena_hex(a, plaintext)) : arena_hex(a, plaintext);
}

static void decode(struct arena *a, const struct trace_entry *e, struct model_message *out)
{
    struct decoded_plaintext *plains = arena_array(a, struct decoded_plaintext, e->record_count);
    struct decoded d;
    size_t n = 0;

    for (size_t i = 0; i < e->record_count; i++)
        if (e->records[i].opened) {
            plains[n++] = (struct decoded_plaintext){i, e->records[i].plaintext, e->records[i].type,
                                                     e->records[i].cid.n};
            out->plaintext = add_plaintext(a, out->plaintext, e->records[i].plaintext);
        }
    decode_datagram(a, e->datagram, plains, n, &d);
    out->summary = d.summary;
    out->hex = arena_hex(a, e->datagram);
    out->fields = arena_array(a, struct model_field, d.field_count);
    out->field_count = d.field_count;
    for (size_t i = 0; i < d.field_count; i++)
        out->fields[i] =
            (struct model_field){d.fields[i].name, d.fields[i].value, d.fields[i].at, d.fields[i].length};
}

static void mark(struct arena *a, const struct trace_entry *e, struct model_message *out)
{
    out->marks = arena_array(a, struct model_mark, e->mark_count);
    out->mark_count = e->mark_count;
    for (size_t i = 0; i < e->mark_count; i++)
        out->marks[i] = (struct model_mark){e->marks[i].at, e->marks[i].n, arena_strdup(a, e->marks[i].text)};
}

static void convert(struct arena *a, const struct trace_entry *e, struct model_message *out)
{
    *out = (struct model_message){.t_us = e->t_us,
                                  .from = "",
                                  .kind = e->retransmission ? "retransmission" : kinds[e->kind],
                                  .association = e->assoc > 0 ? e->assoc - 1 : 0,
                                  .summary = "",
                                  .hex = "",
                                  .plaintext = "",
                                  .decisive = e->decisive};
    if (e->kind == TRACE_DATAGRAM) {
        out->from = e->from_device ? "device" : "harness";
        decode(a, e, out);
        mark(a, e, out);
    } else {
        out->from = e->kind == TRACE_DEVIATION ? "harness" : "";
        out->summary = arena_strdup(a, e->text ? e->text : "");
    }
}

/* What decides is kept whatever it costs. */
static bool affordable(const struct trace_entry *e, size_t *budget)
{
    size_t cost = e->datagram.n + ROW_COST;

    if (e->decisive)
        return true;
    if (cost > *budget)
        return false;
    *budget -= cost;
    return true;
}

void evidence_of(struct arena *a, const struct trace *t, size_t *budget, struct model_case *out)
{
    size_t n = t ? t->n : 0, left_out = t ? t->left_out : 0, kept = 0;

    out->messages = arena_array(a, struct model_message, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (affordable(&t->entries[i], budget))
            convert(a, &t->entries[i], &out->messages[kept++]);
        else
            left_out++;
    }
    if (left_out > 0)
        out->messages[kept++] =
            (struct model_message){.t_us = n > 0 ? t->entries[n - 1].t_us : 0,
                                   .from = "",
                                   .kind = "note",
                                   .summary = arena_printf(a, "%zu more datagrams were not kept", left_out),
                                   .hex = "",
                                   .plaintext = ""};
    out->message_count = kept;
}

void evidence_watch(void *context, const struct trace *t, size_t index)
{
    struct run *r = context;
    struct arena *a = arena_new();
    struct model_message msg;

    convert(a, &t->entries[index], &msg);
    pthread_mutex_lock(&r->lock);
    if (!r->closed) /* who is told may be gone by then */
        r->config->message(r->config->context, t->name, &msg);
    pthread_mutex_unlock(&r->lock);
    arena_free(a);
}
