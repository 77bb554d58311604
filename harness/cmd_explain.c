#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include "run/faults.h"

static void put_requirement(const struct requirement *r)
{
    printf("requirement  %s\n             %s\n", r->id, r->text);
    if (*r->note)
        printf("note         %s\n", r->note);
    if (*r->untestable)
        printf("untestable   %s\n", r->untestable);
    for (size_t i = 0; i < CLAUSE_MAX && r->clauses[i].clause; i++)
        printf("%s %s, %s\n", i == 0 ? "clauses     " : "            ", r->clauses[i].clause,
               level_name(r->clauses[i].level));
    for (size_t i = 0; i < PROFILE_COUNT; i++)
        printf("%s %-11s %s\n", i == 0 ? "levels      " : "            ", profiles[i].name,
               r->levels[i] == NONE ? "no part of it" : level_name(r->levels[i]));
}

static void put_case(const struct planned *p)
{
    const char *fault = fault_of_case(p->id);

    printf("case         %s\n             %s\n", p->id, p->title);
    printf("device       %s\n", p->dut & CLIENT ? "client" : "server");
    printf("judged by    %s\n", !p->test_case ? "the good handshakes that stand around every case"
                                : p->negative
                                    ? "what the device does with input that a conforming peer never sends"
                                    : "what the device does with conforming input");
    if (*fault)
        printf("seen to fail with the planted fault %s\n", fault);
    put_requirement(&requirements[p->requirement]);
}

static int explain(struct arena *a, const char *id)
{
    struct catalogue all = catalogue_all(a);
    size_t i = catalogue_find(&all, id);
    enum requirement_id r = requirement_find(id);

    if (i < all.n) {
        put_case(&all.at[i]);
        return 0;
    }
    if (r == REQ_COUNT)
        return complain("explain %s: no case or requirement of that name%s", id,
                        nearest_hint(a, id, catalogue_names(a, &all)));
    put_requirement(&requirements[r]);
    for (i = 0; i < all.n; i++)
        if (all.at[i].requirement == r)
            printf("case         %s\n", all.at[i].id);
    return 0;
}

int cmd_explain(int argc, char **argv)
{
    struct arena *a = arena_new();
    struct options o;
    int code;

    if (read_options(a, VERB_EXPLAIN, argc, argv, "ID", &o, &code))
        code =
            o.rest.n == 1 ? explain(a, o.rest.at[0]) : complain("explain: one id of a case or requirement");
    arena_free(a);
    return code;
}
