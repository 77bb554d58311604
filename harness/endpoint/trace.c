#include "endpoint/trace.h"

struct trace *trace_new(struct arena *arena)
{
    struct trace *t = arena_new_of(arena, struct trace);

    t->arena = arena;
    t->name = "";
    t->began_us = now_us();
    return t;
}

void trace_tell(struct trace *t)
{
    for (; t->watch.row && t->told < t->n; t->told++)
        t->watch.row(t->watch.context, t, t->told);
}

static struct trace_entry *append(struct trace *t, enum trace_kind kind, unsigned assoc)
{
    trace_tell(t);
    arena_grow(t->arena, &t->entries, &t->cap, t->n, sizeof *t->entries);
    struct trace_entry *e = &t->entries[t->n++];

    *e = (struct trace_entry){.kind = kind, .assoc = assoc, .t_us = now_us() - t->began_us, .text = ""};
    return e;
}

struct trace_entry *trace_datagram(struct trace *t, unsigned assoc, bool from_device, struct bytes datagram)
{
    if (t->n >= TRACE_MAX || (from_device && t->octets + datagram.n > TRACE_OCTETS)) {
        t->left_out++;
        return NULL;
    }
    t->octets += from_device ? datagram.n : 0;
    struct trace_entry *e = append(t, TRACE_DATAGRAM, assoc);

    e->from_device = from_device;
    e->datagram = arena_copy(t->arena, datagram);
    return e;
}

void trace_row(struct trace *t, enum trace_kind kind, unsigned assoc, const char *format, ...)
{
    if (t == NULL || t->n >= TRACE_MAX + TRACE_MAX / 4)
        return;
    va_list args;

    va_start(args, format);
    append(t, kind, assoc)->text = arena_vprintf(t->arena, format, args);
    va_end(args);
}

void trace_mark(struct trace *t, size_t index, size_t at, size_t n, const char *text)
{
    if (index >= t->n)
        return;
    struct trace_entry *e = &t->entries[index];
    struct trace_mark *marks = arena_array(t->arena, struct trace_mark, e->mark_count + 1);

    for (size_t i = 0; i < e->mark_count; i++)
        marks[i] = e->marks[i];
    marks[e->mark_count] = (struct trace_mark){at, n, text};
    e->marks = marks;
    e->mark_count++;
    e->decisive = true;
}
